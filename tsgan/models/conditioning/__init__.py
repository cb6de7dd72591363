"""Paths GIVEN an event, however rare, and its probability: importance sampling and subset simulation."""

from tsgan.lazy import door

__getattr__, __dir__, __all__ = door(__name__, __file__)
