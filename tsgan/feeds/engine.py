"""What a backtesting engine supplies: how its files hold a series, and what its files cannot hold.

An engine is one class::

    class Mine(Engine):
        name = "mine"
        howto = '''
            prices = mine.read("SYN0000.json")
        '''

        def write(self, series, folder):
            for one in series:
                one.frame().to_json(folder / f"{one.symbol}.json")

``tsgan.feed(paths, Mine(), "feed")`` takes it as it is; announced as an entry point of the group ``tsgan.engines`` it
has a name that ``tsgan feed --engine`` knows too.  :func:`tsgan.testing.check_engine` says whether it keeps this
contract.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from tsgan.errors import PluginError
from tsgan.feeds.series import NO_LIMITS, PREFIX, Limits, Series, series_of
from tsgan.feeds.ticks import Tick
from tsgan.plugins import Registry
from tsgan.scenarios.scenarios import Scenarios


class Engine(ABC):
    """A backtesting engine, which is never imported: only its files are written.

    Attributes:
        name: as users ask for it.
        howto: the lines that load the files; ``SYN0000`` stands for the first symbol, ``FIRST_DAY`` and
            ``LAST_DAY`` for its dates.
        limits: on prices.
    """

    name: ClassVar[str]
    howto: ClassVar[str]
    limits: ClassVar[Limits] = NO_LIMITS

    @abstractmethod
    def write(self, series: Iterable[Series], folder: Path) -> None:
        """Write every series into ``folder``, which exists and is empty.

        ``symbols.csv``, ``manifest.json`` and ``HOWTO.md`` are written by :func:`tsgan.feed`.  Series come one at a
        time, so that an engine with a file a symbol holds no more than one of them.
        """

    def check(self, scenarios: Scenarios) -> None:  # noqa: B027 (most engines take any dates)
        """Raise ScenarioError for scenarios whose dates the engine cannot take; prices are checked elsewhere.

        Of a job in chunks this sees the first, whose dates are those of all.
        """

    def table(self, one: Series) -> pd.DataFrame:
        """A series as the engine's own table has it."""
        return one.frame()

    def feed(self, scenarios: Scenarios, *, tick: Tick | None = None, prefix: str = PREFIX) -> Any:
        """The same in memory: pairs (symbol, :meth:`table`), or one wide table where the engine takes one.

        Raises as :func:`tsgan.feed` does.
        """
        return self._pairs(scenarios, tick, prefix)

    def _pairs(self, scenarios: Scenarios, tick: Tick | None, prefix: str) -> Iterator[tuple[str, Any]]:
        self.check(scenarios)
        for one in series_of(scenarios, tick=tick, prefix=prefix, limits=self.limits):
            yield one.symbol, self.table(one)


ENGINES = Registry(
    "tsgan.engines",
    "engine",
    {
        "backtesting": "tsgan.feeds.backtesting:Backtesting",
        "backtrader": "tsgan.feeds.backtrader:Backtrader",
        "vectorbt": "tsgan.feeds.vectorbt:VectorBT",
        "bt": "tsgan.feeds.bt:BT",
        "zipline": "tsgan.feeds.zipline:Zipline",
        "nautilus": "tsgan.feeds.nautilus:Nautilus",
        "lean": "tsgan.feeds.lean:Lean",
        "qlib": "tsgan.feeds.qlib:Qlib",
    },
)
"""Every engine by name, those of plug-ins included: subclasses of :class:`Engine` that are made without arguments."""


def engine_of(engine: str | Engine) -> Engine:
    """The engine of that name, or the one given.

    Raises ConfigError for an unknown name, PluginError for a plug-in that is no engine.
    """
    if isinstance(engine, Engine):
        return engine
    found = ENGINES[engine]
    try:
        made = found() if isinstance(found, type) else found
    except TypeError as error:
        raise PluginError(f"the engine {engine!r} cannot be made: {error}; mend or uninstall its plug-in") from error
    if not isinstance(made, Engine):
        raise PluginError(f"the engine {engine!r} is no tsgan.feeds.Engine; mend or uninstall its plug-in")
    return made
