"""Fakes and worlds, and the commands with which outsiders check us. Nothing that ships imports this."""
