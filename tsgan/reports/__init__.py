"""Reports: what every verb gives, and the kit that its page is made with."""

from tsgan.lazy import door

__getattr__, __dir__, __all__ = door(__name__, __file__)
