"""The stranger's application gives a result as tsgan's own do."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from application import leverage

from tsgan.models.classical.gbm import GBM


@pytest.fixture(scope="module")
def law(indices) -> GBM:
    return GBM.fit(indices, seed=0)


def test_its_answer_is_the_closed_form(law):
    """Kelly's multiple of a geometric Brownian motion is its mean excess over its variance."""
    calm = replace(law, mean=np.full(2, 4e-4), covariance=np.diag([2e-4, 2e-4]))
    found = leverage(calm.sample(4000, 60, seed=0), "SPX")
    error = np.sqrt(2e-4 / (4000 * 60)) / 2e-4  # of the multiple, from that of the mean return
    assert found.best == pytest.approx((4e-4 + 1e-4) / 2e-4, abs=3 * error)
    assert found.growth[0] == 0


def test_its_result_is_one_of_ours(law, tmp_path):
    found = leverage(law.sample(50, 20, seed=0), "SPX")
    assert json.loads(found.to_json())["asset"] == "SPX" and len(found.to_frame()) == 51
    found.to_html(tmp_path / "page.html")
    assert "grows fastest" in (tmp_path / "page.html").read_text() and "Leverage" in found._repr_html_()
