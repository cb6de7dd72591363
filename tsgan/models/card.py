"""MODEL_CARD.md: what a saved model is, what it is for, and what it must not be used for.

After Mitchell et al. (2019), "Model cards for model reporting".
"""

from __future__ import annotations

from typing import Any

from tsgan.models.info import ModelInfo

FILE = "MODEL_CARD.md"
NOT_JUDGED = (
    "Not judged yet: `tsgan evaluate MODEL PRICES --out DIR`, with prices that go on after the last training date, "
    "puts the scores here."
)


def model_card(info: ModelInfo, scores: str = NOT_JUDGED) -> str:
    """The card as Markdown; ``scores`` is the text under the heading of that name."""
    assets = ", ".join(f"{_plain(a)} ({kind})" for a, kind in zip(info.assets, info.kinds, strict=True))
    config = "\n".join(f"- {_plain(name)}: {_plain(value)}" for name, value in info.config.items()) or "- none"
    source = _plain(info.source) or "source unknown"
    currency = f", {_plain(info.currency)}" if info.currency else ""
    drift = "paths carry the mean return of the training dates"
    if "drift_mode" in info.config:
        each = ", ".join(f"{_plain(a)} {mean:.5f}" for a, mean in zip(info.assets, info.drift, strict=True))
        drift = f"{_plain(info.config['drift_mode'])}; a period: {each}"
    knows = "It knows one history. What did not happen between the training dates, or only once, it can hardly know."
    if "pretrained_until" in info.config:
        knows = (
            f"Its law was learned on other markets to {info.config['pretrained_until']}, from stocks that lasted until "
            "2017; of its own assets it knows volatility, drift and correlations only. Judged on earlier dates, it has "
            "looked ahead."
        )
    start = "their last prices"
    if info.state_end:
        start += f", those of {info.state_end}: the state was moved on to that day, and nothing fitted again"
    if info.rebased:
        base = ", ".join(f"{_plain(a)} {price:g}" for a, price in zip(info.assets, info.start_prices, strict=True))
        start = f"{base}: the model keeps the state that its training prices left behind, but none of the prices"
    doubts = "\n".join(f"- {_plain(one)}" for one in info.warnings)
    doubts = f"\n## Warnings\n\n{doubts}\n" if doubts else ""
    return f"""# Model card: {_plain(info.model)} on {", ".join(map(_plain, info.assets))}

## Data

- Assets: {assets}
- Training prices: {info.train_start} to {info.train_end}; {source}; hash {info.data_hash}
- Calendar {_plain(info.calendar)}, {info.periods_per_year} periods a year{currency}
- Paths start at {start}
- Drift: {drift}
{doubts}
## Purpose

Joint scenarios of these assets over days to a few years: risk figures, stress tests, backtests on other histories.

## Limits

- {knows}
- The long-run level of volatility is uncertain by 10 to 30 % after 10 to 20 years of prices.
- It does not predict the direction of prices; the drift is that of the training dates and no forecast.
- Fit it again when the last training date is more than a year old.
- No investment advice.

## Seeds and configuration

- Seed of the fit: {info.seed}
{config}

## Scores

{scores.rstrip()}
"""


def _plain(value: Any) -> str:
    """Text from data as one line that Markdown and HTML take literally."""
    line = " ".join(str(value).split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in line)
