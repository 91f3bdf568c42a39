"""The version of the iroh binding that the two patches of this folder were written for and tried with."""

from importlib.metadata import version

TESTED_VERSION = "1.2.0"


def is_tested() -> bool:
    """True when the installed binding is the one that the patches know. With any other they stay away."""
    return version("iroh") == TESTED_VERSION
