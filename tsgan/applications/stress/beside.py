"""The models that stand beside the one that is asked: the one place that names them."""

from __future__ import annotations

HISTORICAL_SIMULATION, GJR_GARCH, FILTERED_HISTORICAL_SIMULATION = "iid-bootstrap", "gjr-garch", "fhs"
"""Names of fitters, see :data:`tsgan.FITTERS`."""

DAYS_AT_RANDOM = "historical simulation, {days} at random"
"""Whole days of the history, drawn one by one and glued together: fitter ``iid-bootstrap``."""

WINDOWS = "historical simulation, overlapping windows"
"""Stretches of the history as they came (:mod:`tsgan.applications.stress.windows`)."""

BESIDE = {DAYS_AT_RANDOM: HISTORICAL_SIMULATION, "gjr-garch": GJR_GARCH}
"""Name in the tables of risk -> model fitted to the history up to the start."""

BACKTESTED = (FILTERED_HISTORICAL_SIMULATION, GJR_GARCH, HISTORICAL_SIMULATION)
"""Models fitted to the dates of a backtested one."""
