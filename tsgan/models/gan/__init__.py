"""The GAN: generators, what they read of the past, and the law that they give tomorrow."""

from tsgan.lazy import door

__getattr__, __dir__, __all__ = door(__name__, __file__)
