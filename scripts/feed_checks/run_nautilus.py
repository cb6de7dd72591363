"""nautilus_trader: market orders fill at once, at the close of the bar that the strategy has just seen."""

from importlib.metadata import version

import crossing
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy


class Cross(Strategy):
    def __init__(self, instrument, bar_type):
        super().__init__()
        self.instrument, self.bar_type = instrument, bar_type
        self.closes, self.fills, self.held = [], [], 0

    def on_start(self):
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar):
        self.closes.append(float(bar.close))
        change = (crossing.SHARES if crossing.wants(self.closes) else 0) - self.held
        if change:
            side = OrderSide.BUY if change > 0 else OrderSide.SELL
            quantity = self.instrument.make_qty(abs(change))
            self.submit_order(self.order_factory.market(self.instrument.id, side, quantity))

    def on_order_filled(self, event):
        change = int(event.last_qty) * (1 if event.order_side == OrderSide.BUY else -1)
        self.held += change
        day = pd.Timestamp(event.ts_event, tz="UTC").tz_convert("America/New_York").date()
        self.fills.append([str(day), change, float(event.last_px)])


results = {}
for symbol in crossing.symbols():
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    venue = Venue("XNYS")
    engine.add_venue(venue, OmsType.NETTING, AccountType.CASH, [Money(crossing.CASH, USD)], base_currency=USD)
    instrument = TestInstrumentProvider.equity(symbol=symbol, venue="XNYS")
    engine.add_instrument(instrument)
    bar_type = BarType.from_str(f"{symbol}.XNYS-1-DAY-LAST-EXTERNAL")
    frame = pd.read_csv(crossing.folder() / f"{symbol}.csv", index_col="timestamp", parse_dates=True)
    engine.add_data(BarDataWrangler(bar_type, instrument).process(frame))
    strategy = Cross(instrument, bar_type)
    engine.add_strategy(strategy)
    engine.run()
    cash = float(engine.portfolio.account(venue).balance_total(USD))
    results[symbol] = {"fills": strategy.fills, "pnl": cash + strategy.held * strategy.closes[-1] - crossing.CASH}
    engine.dispose()
crossing.report(version("nautilus_trader"), results)
