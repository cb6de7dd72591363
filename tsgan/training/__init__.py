"""Training: how a GAN is fitted; nothing here is needed to sample from one."""

from tsgan.lazy import door

__getattr__, __dir__, __all__ = door(__name__, __file__)
