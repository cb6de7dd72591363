"""Conformance kits for plug-ins: the very contract tests that tsgan runs over what comes with it.

Each raises an AssertionError that says what to mend, and returns nothing where all is well::

    from tsgan.testing import check_engine

    def test_my_engine():
        check_engine(MyEngine())
"""

from tsgan.testing.critics import check_critic as check_critic
from tsgan.testing.engines import check_engine as check_engine
from tsgan.testing.facts import check_fact as check_fact
from tsgan.testing.generators import check_generator as check_generator
from tsgan.testing.models import check_model as check_model
