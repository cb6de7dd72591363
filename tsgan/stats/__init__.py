"""Pure statistics on arrays of returns: each one is defined once, here, and used everywhere.

Conventions: returns are per-period log returns (differences for levels and rates); the LAST axis is the day, so a
function takes one series ``(day,)`` or a batch ``(path, day)`` alike.  A statistic that a series does not have, such as
the autocorrelation of a constant, is NaN.
"""

from tsgan.lazy import door

__getattr__, __dir__, __all__ = door(__name__, __file__)
