"""The deterministic application: inputs in, effects out (ARCHITECTURE, "The two shapes")."""
