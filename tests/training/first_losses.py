"""The losses of the first steps of a training, printed as JSON: run by tests in processes of their own.

python first_losses.py DEVICES POPULATION [COORDINATOR PROCESS]
"""

from __future__ import annotations

import json
import sys

import jax
import numpy as np

from tsgan.config import GANConfig
from tsgan.runtime import join_processes, own_settings
from tsgan.training import loop
from tsgan.training.data import training_data
from tsgan.training.devices import here, over_devices
from tsgan.training.units import units

STEPS = 20
LOSSES = ("generator_loss", "critic_loss", "penalty", "likelihood")


def losses(devices: int, population: int) -> list[list[float]]:
    returns = 0.01 * np.random.default_rng(1).standard_t(5, (400, 2))
    config = GANConfig(
        width=4, channels=4, window=32, context=16, batch=16, steps=STEPS, warm_steps=STEPS, population=population
    )
    prices = np.array([True, True])
    found = []
    loop.REPORT = 1
    with own_settings(), over_devices(devices, population):
        scale = units(returns, prices, config=config.training.units)
        data = training_data(returns, scale, config, assets=("A", "B"), reverting=~prices)
        key = jax.random.key(0)
        members = loop.new_members(config, data, key)
        first = list(loop.likelihood_stage(members, data, STEPS, STEPS, config.training.likelihood))
        found += [[report.metrics["likelihood"]] for report, _ in first]
        train = loop.start_adversarial(first[-1][1], data, key, config)
        for report, after in loop.adversarial_stage(train, data, key, config, stop=STEPS):
            found.append([report.metrics[name] for name in LOSSES])
            assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(here(after.generator)))
    return found


if __name__ == "__main__":
    if len(sys.argv) > 3:
        join_processes(sys.argv[3], sys.argv[4])
    print(json.dumps(losses(int(sys.argv[1]), int(sys.argv[2]))))
