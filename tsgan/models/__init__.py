"""Market models: the contract, and the families that keep it."""

from tsgan.lazy import door

__getattr__, __dir__, __all__ = door(__name__, __file__)
