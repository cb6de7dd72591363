"""Judging: how far generated paths resemble the market, beside the classical models."""

from tsgan.lazy import door

__getattr__, __dir__, __all__ = door(__name__, __file__)
