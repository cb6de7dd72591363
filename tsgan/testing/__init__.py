"""Conformance kits for plug-ins: the contract tests that tsgan runs over what is its own.

Each raises an AssertionError that says what to mend.
"""

from tsgan.testing.generators import check_generator as check_generator
