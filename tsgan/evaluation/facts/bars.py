"""The facts of the bars of one asset: gaps, ranges, wicks and volume, where a model has them and the market too."""

from __future__ import annotations

from dataclasses import replace

from tsgan.evaluation.facts.fact import Fact
from tsgan.evaluation.facts.returns import FACTS, VOLUME
from tsgan.stats import bars

VOLUME_FACTS = (
    replace(next(fact for fact in FACTS if fact.name == VOLUME), statistic=bars.volume_correlation, of="bars"),
    Fact(
        "volume_range",
        "volume",
        "Corr(volume, range)",
        "above 0: {days} of wide range are busy",
        bars.volume_range_correlation,
        null=0.0,
        of="bars",
    ),
    Fact(
        "volume_dispersion",
        "volume",
        "Spread of log volume around its yearly mean",
        "0.2 is a typical deviation of 20 %",
        bars.volume_dispersion,
        offset=0.0,
        of="bars",
    ),
    Fact(
        "volume_acf",
        "volume",
        "Autocorrelation of log volume, lags 1-20",
        "0 if busy {days} came singly",
        bars.volume_acf,
        null=0.0,
        of="bars",
    ),
)

GAPS = (
    Fact(
        "overnight",
        "gaps",
        "Overnight over intraday variance",
        "0 if prices only moved while the market is open",
        bars.overnight_ratio,
        offset=0.0,
        of="bars",
    ),
    Fact(
        "gap_correlation",
        "gaps",
        "Corr(overnight, intraday return)",
        "below 0: the {day} takes back what the night gave",
        bars.gap_correlation,
        null=0.0,
        side="either",
        of="bars",
    ),
    Fact(
        "gap_kurtosis",
        "gaps",
        "Excess kurtosis of gaps",
        "0 is Gaussian",
        bars.gap_kurtosis,
        of="bars",
        null=0.0,
        offset=3.0,
    ),
)

RANGES = (
    Fact(
        "parkinson",
        "ranges",
        "Volatility by range over that by closes (Parkinson)",
        "1 without gaps and overreaction",
        bars.parkinson,
        offset=0.0,
        of="bars",
    ),
    Fact(
        "garman_klass",
        "ranges",
        "Volatility by range and body over that by closes (Garman-Klass)",
        "1 without gaps and overreaction",
        bars.garman_klass,
        offset=0.0,
        of="bars",
    ),
    Fact(
        "range_dispersion",
        "ranges",
        "Spread of the log range",
        "0.3 for a random walk of constant volatility",
        bars.range_dispersion,
        offset=0.0,
        of="bars",
    ),
    Fact(
        "range_acf",
        "ranges",
        "Autocorrelation of the log range, lags 1-20",
        "0 without calm and stormy periods",
        bars.range_acf,
        null=0.0,
        of="bars",
    ),
    Fact(
        "range_leverage",
        "ranges",
        "Corr(r today, log range later), lags 1-5",
        "below 0: losses are followed by wide ranges",
        bars.range_leverage,
        null=0.0,
        side="below",
        of="bars",
    ),
    Fact(
        "wick_asymmetry",
        "ranges",
        "Log of the mean upper over the mean lower wick",
        "below 0: {days} fall deep and recover",
        bars.wick_asymmetry,
        null=0.0,
        side="either",
        of="bars",
    ),
    Fact(
        "wick_share",
        "ranges",
        "Share of the range outside open and close",
        "0.5 for a random walk",
        bars.wick_share,
        offset=0.0,
        of="bars",
    ),
    Fact(
        "bare_share",
        "ranges",
        "Share of {days} that open or close at their extreme",
        "0 for prices without ticks",
        bars.bare_share,
        of="bars",
    ),
)

BAR_FACTS: tuple[Fact, ...] = (
    *VOLUME_FACTS,
    *GAPS,
    *RANGES,
)
"""Facts of the bars of one asset; statistics take (..., day, field) of :data:`tsgan.stats.bars.FIELDS`."""
