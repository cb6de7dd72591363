"""How a portfolio comes to a loss."""

import numpy as np
import pytest

from tsgan.applications.portfolio import Portfolio
from tsgan.applications.stress.story import tell
from tsgan.models.conditioning import condition, parse_event
from tsgan.models.dynamics import Dynamics

DAYS = 20


def test_the_story_of_a_loss(fitted):
    gbm = Dynamics.after(fitted("gbm"))
    first = gbm.first
    book = Portfolio(("SPX", "IXIC"), np.array([0.5, 0.5])).on(first)
    event = parse_event("loss>=0.15", first.assets, first.kinds, first.start_prices, within=DAYS, loss=book)
    found = condition(gbm, event, 2000, DAYS, seed=1)
    story = tell(found, gbm, book, gbm.model.sample(500, DAYS))
    numbers = story.numbers
    assert sum(numbers["shares"].values()) == pytest.approx(1)
    assert numbers["worst_day_share"] < numbers["worst_5_days_share"] < 1  # independent normal days: a slide
    assert 10 < numbers["day"] <= DAYS
    assert story.profits[-1] == pytest.approx(-0.15, abs=2e-3)
    text = " ".join(story.sentences)
    assert "IXIC" in text and "day" in text and "Volatility" in text
