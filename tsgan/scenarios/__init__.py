"""Scenarios: joint, dated paths, and the tables that they are written to and read from."""

from tsgan.lazy import door

__getattr__, __dir__, __all__ = door(__name__, __file__)
