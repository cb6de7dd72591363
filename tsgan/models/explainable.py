"""What a model offers whose volatility can be explained: gradients through its history, the shocks behind a path."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np


class Filtered(NamedTuple):
    """What a path met, (day, asset) each: conditional mean and volatility of every day, and the noise that it drew.

    Attributes:
        mean, volatility: in units of returns.
        noise: normal scores of the returns.
        common: the part of the noise that the common factors explain: its conditional mean given all assets' noise.
    """

    mean: np.ndarray
    volatility: np.ndarray
    noise: np.ndarray
    common: np.ndarray


@runtime_checkable
class Explainable(Protocol):
    """A MarketModel that ``tsgan.explain`` can take apart.

    Attributes:
        scale: (asset,) what a usual move is: the training standard deviation, of either sign.
        best_member: of an ensemble, the member that paths of unknown origin are filtered by.
    """

    scale: np.ndarray

    @property
    def best_member(self) -> int: ...

    def integrated_gradients(
        self, returns: np.ndarray, baseline: np.ndarray, asset: int
    ) -> tuple[np.ndarray, float, float]:
        """Integrated gradients of the next log volatility over a history, from a baseline to the real one.

        Sundararajan, Taly and Yan (2017): the gradient, averaged over the straight line between them, times their
        difference.

        Args:
            returns, baseline: (day, asset); where a return is NaN there is none, and its contribution is 0.
            asset: column whose volatility is explained.

        Returns:
            (day, asset) contributions, and the log volatility (of returns as plain numbers) after ``returns`` and
            after ``baseline``; the contributions sum to their difference.
        """
        ...

    def filtered(self, history: np.ndarray, returns: np.ndarray, member: int) -> Filtered:
        """Filter a path of returns (day, asset) that carries on from a history, as one member sees it."""
        ...
