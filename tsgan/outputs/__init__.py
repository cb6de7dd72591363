"""How outputs come to their places: temporary files, exchanges, and lists of what is tsgan's.

:mod:`tsgan.files` and :mod:`tsgan.owned` are what the rest of the package uses.
"""
