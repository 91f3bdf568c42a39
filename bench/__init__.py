"""Measurements against floors taken in the same run: `python -m bench`, `make bench`. See docs/guides/performance.md."""
