"""Workers read a set of paths as one process does."""

from __future__ import annotations

from one_set import BLOCK

import tsgan


def test_figures_are_those_of_one_process(gbm, processes, threads, tmp_path):
    held = {"SPX": 0.6, "IXIC": 0.4}
    url = f"file://{tmp_path}/p"
    tsgan.sample_on_cluster(gbm, 900, 130, url, cluster=processes, block=BLOCK, seed=5)
    here = tsgan.measure(gbm.sample(900, 130, seed=5), held, facts=True)
    for source, cluster in ((tmp_path / "p", processes), (url, threads), (url, None)):
        found = tsgan.measure(source, held, facts=True, cluster=cluster)
        assert found.tables["drawdowns"] == here.tables["drawdowns"]
        assert found.tables["facts"] == here.tables["facts"]
        assert found.n_paths == 900 and found.source == "gbm"
        for name in ("risk", "components", "losses", "sharpe"):
            for one, other in zip(found.tables[name], here.tables[name], strict=True):
                for key, value in other.items():
                    assert one[key] == value or abs(one[key] - value) <= 1e-11 * max(1, abs(value)), (name, key)
