"""Price histories: reading, validating, joining and cutting them."""

from tsgan.lazy import door

__getattr__, __dir__, __all__ = door(__name__, __file__)
