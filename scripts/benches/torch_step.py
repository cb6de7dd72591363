"""Adversarial training steps a second, beside the same nets, losses and penalties in PyTorch, eager and compiled.

The default GAN on two indices: recurrent generator, convolutional critic, relativistic objective, R1 and R2 penalties,
the likelihood of the whole history in every step.  Weights, history and everything that is drawn are copied into the
twin (benches/_torch_twin.py), whose losses have to be those of tsgan over the first updates; then both train, in turns
and on the same cores.  Needs PyTorch, which tsgan does not: ``pip install torch`` into an environment for the purpose.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable
from typing import Any

NAME = "torch-step"

ALLOWED = 1e-4
"""By which losses may differ, relative to their size where that is above 1."""

EAGER, COMPILED = 2.0, 1.3
"""How many times as many steps a second are aimed at."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prices", default="sample:us-indices", help="a panel of prices without gaps")
    parser.add_argument("--checked", type=int, default=5, help="updates over which losses are compared")
    parser.add_argument("--steps", type=int, default=20, help="steps a timing")
    parser.add_argument("--times", type=int, default=5, help="timings of each")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch; more slow it down on tensors this small")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    if importlib.util.find_spec("torch") is None:
        sys.exit("this benchmark needs PyTorch, which is not installed here: pip install torch")
    import torch

    from benches._timing import alternating, medians, ratio

    torch.set_num_threads(options.threads)
    case = _Case(options.prices)
    checked = {"eager": case.difference(options.checked), "compiled": case.difference(options.checked, compiled=True)}
    works: dict[str, Callable[[], Any]] = {
        "tsgan": case.ours(options.steps),
        "eager": case.theirs(options.steps),
        "compiled": case.theirs(options.steps, compiled=True),
    }
    taken = alternating(works, options.times)
    middle = medians(taken)
    times = {name: ratio(taken, name, "tsgan") for name in ("eager", "compiled")}
    return {
        "about": f"The default GAN on {options.prices}, {case.days:,} days of {case.assets} assets; "
        f"PyTorch {torch.__version__} with {torch.get_num_threads()} threads, {os.cpu_count()} cores.",
        "tables": {
            "Training steps a second": [
                {
                    "by": name if name == "tsgan" else f"PyTorch, {name}",
                    "steps a second": options.steps / seconds,
                    "milliseconds a step": 1e3 * seconds / options.steps,
                    "tsgan is so many times as fast": times.get(name),
                    "largest difference of a loss": checked.get(name),
                }
                for name, seconds in middle.items()
            ]
        },
        "targets": [
            *(
                {
                    "rule": f"at least {least:g} times as many steps a second as PyTorch, {name}",
                    "figure": f"{times[name]:.1f}",
                    "holds": times[name] >= least,
                }
                for name, least in (("eager", EAGER), ("compiled", COMPILED))
            ),
            {
                "rule": f"losses of the first {options.checked} updates equal PyTorch's to {ALLOWED:g}",
                "figure": f"{max(checked.values()):.1e}",
                "holds": max(checked.values()) <= ALLOWED,
            },
        ],
        "notes": [
            "Compiled are a day of the rollout and the likelihood; torch.compile does not support the second "
            "derivative that the critic's penalty needs, so that part stays eager."
        ],
    }


class _Case:
    """A panel, the state before the first adversarial update, and the same for PyTorch."""

    def __init__(self, prices: str) -> None:
        import jax

        import tsgan
        from tsgan.runtime import prepare

        prepare()
        from tsgan.training import new_members, start_adversarial
        from tsgan.training.data import training_data
        from tsgan.training.units import units

        panel = tsgan.load_prices(prices)
        self.config = tsgan.GANConfig(base="none")
        scale = units(panel.moves, panel.space.logs, config=self.config.training.units)
        self.data = training_data(panel.moves, scale, self.config, assets=panel.assets)
        if self.data.closed is not None:
            sys.exit(f"{prices} has days without a price, which the twin in PyTorch does not know of")
        self.days, self.assets = self.data.x.shape
        members = new_members(self.config, self.data, jax.random.key(0))
        self.key = jax.random.key(1)
        self.start = jax.tree.map(
            lambda leaf: leaf.copy(), start_adversarial(members, self.data, jax.random.key(2), self.config)
        )

    def ours(self, steps: int) -> Callable[[], None]:
        """So many steps of tsgan's own loop."""
        import jax

        from tsgan.training import adversarial_stage

        def work() -> None:
            train = jax.tree.map(lambda leaf: leaf.copy(), self.start)  # what an update is given is used up
            *_, (_, last) = adversarial_stage(train, self.data, self.key, self.config, stop=steps)
            jax.block_until_ready(last)

        return work

    def theirs(self, steps: int, *, compiled: bool = False) -> Callable[[], None]:
        """So many steps of the twin, everything drawn anew in each."""
        import torch

        from tsgan.training.step import batch_for

        twin = self.twin(compiled=compiled)
        draw = _Draws(self.data, self.config, batch_for(self.config, self.data.x.shape[1]), twin)
        torch.manual_seed(0)

        def work() -> None:
            for _ in range(steps):
                twin.update(draw())

        return work

    def twin(self, *, compiled: bool = False) -> Any:
        import jax
        import numpy as np
        import torch

        from benches._torch_twin import Chains, History, Twin

        one = jax.tree.map(lambda leaf: np.array(leaf[0]), self.start)
        days = len(self.data.x)
        memory = self.data.memory
        history = History(
            *(torch.tensor(np.array(a)) for a in (self.data.x, memory.trend[:days], memory.square[:days]))
        )
        stand = one.chains.state.memory
        chains = Chains(*(torch.tensor(a) for a in (stand.trend, stand.square, one.chains.recent)))
        return Twin(_named(one.generator), _named(one.critic), history, chains, self.config, compiled=compiled)

    def difference(self, updates: int, *, compiled: bool = False) -> float:
        """The largest difference of a loss over the first updates, of the same draws."""
        import jax
        import jax.numpy as jnp

        from tsgan.training.step import adversarial_step

        update = jax.jit(adversarial_step, static_argnames="config")
        train = jax.tree.map(lambda leaf: leaf[0], self.start)
        twin, largest = self.twin(compiled=compiled), 0.0
        for step in range(updates):
            key = jax.random.fold_in(self.key, step)
            average = jnp.minimum(self.config.average, (1.0 + step) / (10.0 + step))
            batch = self.drawn(train, key)
            train, info = update(train, self.data, key, average, config=self.config)
            for name, theirs in twin.update(batch)._asdict().items():
                ours = float(getattr(info, name))
                largest = max(largest, abs(ours - float(theirs)) / max(abs(ours), 1.0))
        return largest

    def drawn(self, train: Any, key: Any) -> Any:
        """What tsgan's update draws from a key, for the twin."""
        import jax
        import numpy as np
        import torch

        from benches._torch_twin import Batch
        from tsgan.training.step import batch_for, draw_windows, each_asset, portfolios

        config, data = self.config, self.data
        window_key, portfolio_key, own_key, common_key, *_ = jax.random.split(key, 6)
        batch, days = batch_for(config, data.x.shape[1]), config.window - config.context
        windows = draw_windows(data, config, window_key, batch)
        _, memory = windows.past
        weights = portfolios(portfolio_key, windows.listed, data, config.training.adversarial, mixed=config.portfolios)
        own = each_asset(lambda k: jax.random.normal(k, (days, batch)), own_key, data.ids)
        common = jax.random.normal(common_key, (days, batch, train.generator.commons))
        half = batch // 2
        arrays = (windows.x, memory.trend[:half], memory.square[:half], weights, own, common)
        return Batch(*(torch.tensor(np.array(array)) for array in arrays))


class _Draws:
    """What the twin draws for an update, by PyTorch."""

    def __init__(self, data: Any, config: Any, batch: int, twin: Any) -> None:
        import numpy as np
        import torch

        self.config, self.batch, self.history = config, batch, twin.history
        self.factors = twin.generator["raw_loadings"].shape[1]
        self.correlation = torch.tensor(np.array(data.correlation))

    def __call__(self) -> Any:
        import torch

        from benches._torch_twin import Batch

        config, x = self.config, self.history.x
        days, assets = x.shape
        begin = torch.randint(days, (self.batch,))
        places = (begin[:, None] + torch.arange(-config.context, config.window - config.context)) % days
        half, length = self.batch // 2, config.window - config.context
        return Batch(
            x[places],
            self.history.trend[begin[:half]],
            self.history.square[begin[:half]],
            self.portfolios(assets),
            torch.randn(length, self.batch, assets),
            torch.randn(length, self.batch, self.factors + 1),
        )

    def portfolios(self, assets: int) -> Any:
        """(path, asset) weights at unit variance, of the kinds that tsgan's critic reads."""
        import torch

        if assets == 1:
            return torch.ones(self.batch, 1)
        limits = self.config.training.adversarial
        single = torch.eye(assets)[torch.randint(assets, (self.batch,))]
        gaussian, kind = torch.randn(self.batch, assets), torch.rand(self.batch, 1)
        weights = torch.where(kind < limits.long_only, gaussian.abs(), gaussian)
        weights = torch.where(kind < limits.singles, single, weights)
        variance = torch.einsum("ci,ij,cj->c", weights, self.correlation, weights)
        return weights * torch.rsqrt(variance + limits.variance_floor)[:, None]


def _named(module: Any) -> dict[str, Any]:
    """Parameters of a module by the path to each."""
    import jax
    import numpy as np

    leaves = jax.tree_util.tree_flatten_with_path(module)[0]

    def name(path: Any) -> str:
        return jax.tree_util.keystr(path, simple=True, separator="/").removesuffix("/value")

    return {name(path): np.array(leaf) for path, leaf in leaves}
