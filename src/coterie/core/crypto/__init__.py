"""Ciphersuites as data, and thin wrappers of the primitives of `cryptography`."""
