"""The joint law of several assets: co-movement in calm and in crisis, and the risk of portfolios."""

from __future__ import annotations

import numpy as np

from tsgan.stats.joint import correlation_matrix, mean_off_diagonal, stress_correlation_matrix, tail_dependence
from tsgan.stats.paths import cumulated, mmd, windows
from tsgan.stats.portfolios import LEVELS, Portfolios, relative_errors, risk_of

RISK_PATHS = 60
"""Generated paths whose days the risk of portfolios is read from."""

LABELS = {
    "correlation": "Correlations, mean error",
    "stress_correlation": "Correlations on the worst 5 % of {days}, mean error",
    "stress_rise": "Rise of correlation on those {days}, error",
    "lower_tail": "Lower tail dependence, mean error",
    "upper_tail": "Upper tail dependence, mean error",
    "eigenvalues": "Eigenvalue spectrum, error",
    "var_95": "VaR 95 % of 200 portfolios, relative error",
    "es_95": "ES 95 %, relative error",
    "var_99": "VaR 99 %, relative error",
    "es_99": "ES 99 %, relative error",
    "mmd": "MMD of joint 20-{day} paths",
}
"""Score -> name for people, to be filled by :class:`tsgan.reports.period.Period`."""


def joint_scores(
    real: np.ndarray, generated: np.ndarray, scale: np.ndarray, book: Portfolios, seed: int
) -> dict[str, float]:
    """Errors of generated paths (path, day, asset) against one real history (day, asset); lower is better.

    Matrices are averaged over paths and compared by the mean absolute difference of the pairs; the spectrum by the mean
    absolute difference of the sorted eigenvalues.  Portfolios hold assets divided by ``scale`` (asset,), their
    volatility in training; their error is Tail-GAN's (``tsgan.stats.portfolios``).
    """
    means = {}
    for name, statistic in (
        ("correlation", correlation_matrix),
        ("stress_correlation", stress_correlation_matrix),
        ("lower_tail", lambda r: tail_dependence(r, "lower")),
        ("upper_tail", lambda r: tail_dependence(r, "upper")),
    ):
        parts = [np.nanmean(statistic(generated[i : i + 32]), axis=0) for i in range(0, len(generated), 32)]
        sizes = [len(generated[i : i + 32]) for i in range(0, len(generated), 32)]
        means[name] = statistic(real), np.average(parts, axis=0, weights=sizes)
    scores = {name: float(mean_off_diagonal(np.abs(ours - theirs))) for name, (ours, theirs) in means.items()}
    rises = [
        float(mean_off_diagonal(means["stress_correlation"][i]) - mean_off_diagonal(means["correlation"][i]))
        for i in (0, 1)
    ]
    scores["stress_rise"] = abs(rises[0] - rises[1])
    spectra = [np.linalg.eigvalsh(np.nan_to_num(matrix)) for matrix in means["correlation"]]
    scores["eigenvalues"] = float(np.abs(spectra[0] - spectra[1]).mean())
    ours, theirs = (real[None] / scale).astype(np.float32), (generated[:RISK_PATHS] / scale).astype(np.float32)
    errors = relative_errors(risk_of(ours, book), risk_of(theirs, book))
    for level, (var, es) in zip(LEVELS, errors, strict=True):
        scores[f"var_{level:.0%}".rstrip("%")] = float(var)
        scores[f"es_{level:.0%}".rstrip("%")] = float(es)
    assets = real.shape[-1]
    rows = [windows(x, 500, seed) for x in (real[None] / scale, generated / scale)]
    scores["mmd"] = mmd(*(cumulated(r, assets) for r in rows))
    return {name: scores[name] for name in LABELS}
