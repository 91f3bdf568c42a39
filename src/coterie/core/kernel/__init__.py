"""Shared words: ids, secrets, error roots, instants, entropy, named limits."""
