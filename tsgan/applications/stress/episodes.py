"""Episodes of market history, replayed: what came, beside what the model would have expected on their first day."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tsgan.applications.portfolio import Book
from tsgan.data.panel import Panel
from tsgan.errors import StaleModelWarning
from tsgan.models.contract import MarketModel
from tsgan.stats import weighted

DAYS = 60
"""Trading days of an episode."""
FAN = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


class Episode(NamedTuple):
    """A name, and the last close before it began."""

    name: str
    start: str


EPISODES = (
    Episode("1987-10 crash", "1987-10-13"),
    Episode("1998-08 Russia and LTCM", "1998-07-31"),
    Episode("2000-03 end of the dot-com rally", "2000-03-24"),
    Episode("2001-09 attacks", "2001-09-10"),
    Episode("2008-09 Lehman", "2008-09-12"),
    Episode("2010-05 flash crash", "2010-04-30"),
    Episode("2011-08 downgrade of the US", "2011-07-29"),
    Episode("2015-08 yuan", "2015-08-17"),
    Episode("2018-02 short volatility", "2018-01-26"),
    Episode("2018-10 sell-off", "2018-10-03"),
    Episode("2020-02 pandemic", "2020-02-19"),
    Episode("2022-01 rates", "2022-01-03"),
    Episode("2023-03 regional banks", "2023-03-08"),
    Episode("2025-04 tariffs", "2025-04-02"),
)


@dataclass(frozen=True, eq=False)
class Replay:
    """One episode.

    Attributes:
        episode: which.
        in_sample: whether the model was trained on these days.
        dates: (day + 1,) the start first.
        real: (day,) profit of today's exposures since the start, a fraction of the capital.
        fan: (FAN, day) quantiles of what the model expected.
        beyond_worst: share of the model's paths whose worst day was at least as bad as the real worst.
    """

    episode: Episode
    in_sample: bool
    dates: np.ndarray
    real: np.ndarray
    fan: np.ndarray
    beyond_worst: weighted.Estimate

    def row(self) -> dict[str, Any]:
        """JSON-ready figures."""
        worst = int(self.real.argmin())
        return {
            "episode": self.episode.name,
            "from": str(self.dates[0]),
            "to": str(self.dates[-1]),
            "in_sample": self.in_sample,
            "profit": self.real[-1],
            "worst": min(self.real[worst], 0.0),
            "worst_date": str(self.dates[worst + 1]),
            "model_median": self.fan[FAN.index(0.5), -1],
            "model_5": self.fan[FAN.index(0.05), -1],
            "model_95": self.fan[FAN.index(0.95), -1],
            "as_bad": self.beyond_worst.value,
            "as_bad_low": self.beyond_worst.low,
            "as_bad_high": self.beyond_worst.high,
        }


def replays(
    model: MarketModel,
    panel: Panel,
    book: Book,
    now: np.ndarray,
    *,
    n_paths: int = 1000,
    days: int = DAYS,
    seed: int = 0,
) -> list[Replay]:
    """Replay the known episodes that lie in a history, with at least a tenth of their days.

    Args:
        model: starts from the state that each episode's start left; its parameters stay as they are.
        panel: the history, with the model's tickers.
        book: the portfolio, whose exposures at the prices ``now`` are held at the start of every episode.
        n_paths: paths of the fan.
    """
    panel, found = model.aligned(panel), []
    for episode in EPISODES:
        start = int(np.searchsorted(panel.dates, np.datetime64(episode.start), side="right")) - 1
        last = min(start + days, len(panel) - 1)
        outside = panel.dates[0] > np.datetime64(episode.start) or last - start < days // 10
        if start < 1 or outside or not np.isfinite(panel.prices[start : last + 1]).all():
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", StaleModelWarning)  # the table says which episodes the model knows
            paths = model.sample(n_paths, last - start, seed=seed, history=panel.through(panel.dates[start]))
        held = book.carried(now, paths.start_prices)
        profits = held.profits(paths)
        real = held.by_position(panel.prices[start + 1 : last + 1], paths.start_prices).sum(-1)
        worst = weighted.probability(profits.min(axis=1) <= real.min())
        found.append(
            Replay(
                episode,
                np.datetime64(model.info.train_end) > panel.dates[start],
                panel.dates[start : last + 1],
                real,
                weighted.quantiles(profits, list(FAN)),
                worst,
            )
        )
    return found
