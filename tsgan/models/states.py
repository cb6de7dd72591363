"""States of histories, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def stacked(states: Sequence[Any]) -> Any:
    """States of single histories as states of many: arrays gain a leading axis; tuples and None keep their form."""
    first = states[0]
    if first is None:
        return None
    if isinstance(first, tuple):
        parts = [stacked(part) for part in zip(*states, strict=True)]
        return first._make(parts) if hasattr(first, "_make") else tuple(parts)  # type: ignore[attr-defined]
    return np.stack([np.asarray(state) for state in states])
