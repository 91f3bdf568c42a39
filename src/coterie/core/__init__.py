"""Pure code: no clock, no randomness, no input or output."""
