"""Generators and critics by name: those of tsgan and those of plug-ins.

Where they live is said in words, so that nothing is imported before a GAN is built.
"""

from __future__ import annotations

from typing import Literal

from tsgan.plugins import Registry

GeneratorName = Literal["recurrent", "tcn", "base"]
CriticName = Literal["recurrent", "tcn"]

GENERATORS = Registry(
    "tsgan.generators",
    "generator",
    {
        "recurrent": "tsgan.models.gan.recurrent:Recurrent",
        "tcn": "tsgan.models.gan.tcn:TCN",
        "base": "tsgan.models.gan.base:Base",
    },
)
"""Subclasses of :class:`tsgan.models.gan.generator.Generator`."""

CRITICS = Registry(
    "tsgan.critics",
    "critic",
    {"recurrent": "tsgan.training.critics:RecurrentCritic", "tcn": "tsgan.training.critics:TCNCritic"},
)
"""Subclasses of :class:`tsgan.training.critics.Critic`."""
