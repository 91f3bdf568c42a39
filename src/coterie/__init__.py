"""Coterie: private, invitation-only messaging that goes straight from device to device."""

__version__ = "0.1.0"
