"""Formats of saved models: how a folder that an earlier tsgan wrote is read by this one.

What a model means must not depend on the tsgan that reads it.  Where a format did not say something that was a constant
in the code then, it is said here, once and for ever: these are records, no defaults, and are never edited.
"""

from __future__ import annotations

import copy
from typing import Any

CURRENT = 7

READABLE = (3, 4, 5, 6, 7)

HASHED = 5
"""Since this format ``model.json`` states the sha256 of every file, and of itself."""

_FORMAT_3: dict[str, Any] = {
    "law": {
        "memory": {
            "scales": [1.5, 3.5, 8.0, 20.0, 50.0, 110.0, 250.0],
            "floor": 0.01,
            "return_limit": 12.0,
            "curvature": [0.5, 0.5, 0.4, 0.2, 0.0, 0.0, 0.0],
            "level_limit": 3.0,
        },
        "density": {
            "cap": 200.0,
            "tail_least": 3.0,
            "tail_middle": 1.0,
            "tail_range": 3.0,
            "skew_range": 0.8,
            "log_scale_range": 4.0,
            "location_range": 0.5,
            "strength_range": 1.5,
        },
        "head": {
            "pace": [1.0, 1.0, 1.0, 4.0],
            "offsets": [0.0, -0.1, 0.0, 0.0],
            "pull": 0.05,
            "most_pull": 0.5,
            "reverting": 0.5,
            "wandering": -1.0,
            "slope_pace": 4.0,
            "tail_slope": 1.5,
            "log_spread": -1.2,
            "most_loading": 0.98,
        },
        "tcn": {"layers": 8, "levels": 4},
    },
    "training": {
        "units": {"against": 0.3},
        "likelihood": {
            "rate": 5e-3,
            "final_share": 0.02,
            "ridge": 20.0,
            "firmness": [30.0, 1.0, 2.0, 2.0],
            "persistence": 0.95,
            "persistence_weight": 3.0,
            "joint_asset_days": 20_000,
        },
        "targeting": {
            "paths": 64,
            "days": 1000,
            "burn_in": 250,
            "rounds": 24,
            "tolerance": 0.03,
            "rate": 0.03,
            "halved": 6,
        },
        "adversarial": {
            "restart": 16,
            "full_batch_assets": 10,
            "least_windows": 8,
            "asset_days": 150_000,
            "least_days": 500,
            "singles": 0.5,
            "long_only": 0.7,
            "variance_floor": 1e-3,
        },
        "optimizers": {"final_share": 0.1, "second_moment": 0.99, "conjugate_period": 10, "powell": 0.2},
        "critics": {"verdict": 32, "strides": [2, 2, 2, 3], "patch": 4},
        "selection": {
            "share": 0.15,
            "candidates": 12,
            "least_share": 0.25,
            "patience": 3,
            "horizons": [1, 5, 20, 60],
            "draws": 32,
            "starts": 64,
        },
        "drift": {"paths": 256, "days": 1250, "burn_in": 250, "limit": 0.25, "rounds": 3},
        "bootstrap": {"years": 1.0},
    },
}
"""The law of a GAN, and how it was trained, while both were constants in the code."""

_BEFORE_BASE: dict[str, Any] = {
    "trends": 8,
    "ages": [250.0, 1500.0],
    "unit": 0.018,
    "unit_days": 20.0,
    "level_spread": 0.35,
    "drift": 0.0003,
    "drift_spread": 0.0003,
    "correlation_days": 60.0,
    "context": 7000,
    "surprise_scales": [20.0, 60.0, 150.0, 400.0, 1000.0],
    "surprise_limit": 4.0,
    "leverage_trends": [1, 3],
    "answer_limit": 0.5,
}
"""Settings of the pretrained base, which came with format 5; no model of an earlier one reads them."""


_BEFORE_REFINEMENT: dict[str, Any] = {
    "warm_steps": 40,
    "rate": 5e-3,
    "final_share": 0.02,
    "offsets": 10.0,
    "answers": 300.0,
    "loadings": 30.0,
    "errors": 1.0,
    "least_days": 60,
    "level_spread": 0.2,
    "steps": 0,
}
"""Settings of refining the pretrained base, which came with format 6; no model of an earlier one was refined."""


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """The ``model.json`` of a readable format as the current one would have it."""
    info, version = document["info"], document["format_version"]
    if version >= CURRENT or info["model"] not in ("gan", "base"):
        return document
    config = copy.deepcopy({**info["config"], **(_FORMAT_3 if version == 3 else {})})
    if version < 5:
        config["law"] = {**config["law"], "base": copy.deepcopy(_BEFORE_BASE)}
    if version < 6:
        config = before_refinement(config)
    return {**document, "info": {**info, "config": before_counters(config)}}


def before_refinement(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration that was saved before GANs could refine the base, as one of today."""
    training = {**config["training"], "refinement": copy.deepcopy(_BEFORE_REFINEMENT)}
    return {**config, "base": "none", "training": training}


def before_counters(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration that was saved while a key of its own drew every number (before format 7), as one of today."""
    return {**config, "law": {**config["law"], "noise": "keys"}}


def states_hashes(document: dict[str, Any]) -> bool:
    """Whether a ``model.json`` holds hashes: by its format, or because it does, so that no one change hides them."""
    return document["format_version"] >= HASHED or "sha256" in document or "files" in document
