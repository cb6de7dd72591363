"""The facts of several assets together."""

from __future__ import annotations

from tsgan.evaluation.facts.fact import Fact
from tsgan.stats.joint import (
    correlation_matrix,
    largest_eigenvalue_share,
    mean_off_diagonal,
    stress_correlation_matrix,
    tail_dependence,
)

JOINT_FACTS: tuple[Fact, ...] = (
    Fact(
        "correlation",
        "co-movement",
        "Mean correlation",
        "of {daily} returns, mean over pairs",
        lambda r: mean_off_diagonal(correlation_matrix(r)),
        null=0.0,
        side="either",
        of="panel",
    ),
    Fact(
        "stress_correlation",
        "co-movement",
        "Mean correlation on the worst 5 % of {days}",
        "crises usually raise it, picking {days} lowers it",
        lambda r: mean_off_diagonal(stress_correlation_matrix(r)),
        of="panel",
    ),
    Fact(
        "lower_tail",
        "co-movement",
        "Joint crashes: lower tail dependence at 5 %",
        "0.05 if independent, 1 if always together",
        lambda r: mean_off_diagonal(tail_dependence(r, "lower")),
        null=0.05,
        of="panel",
    ),
    Fact(
        "upper_tail",
        "co-movement",
        "Joint rallies: upper tail dependence at 5 %",
        "0.05 if independent, 1 if always together",
        lambda r: mean_off_diagonal(tail_dependence(r, "upper")),
        null=0.05,
        of="panel",
    ),
    Fact(
        "first_eigenvalue",
        "co-movement",
        "Share of the largest eigenvalue",
        "1 if all assets move as one",
        largest_eigenvalue_share,
        of="panel",
    ),
)
