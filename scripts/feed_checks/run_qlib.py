"""Qlib: the decision made before a day, from the closes up to the day before, fills at that day's open."""

from importlib.metadata import version

import crossing
import pandas as pd
import qlib
from qlib.backtest import backtest
from qlib.backtest.decision import Order, TradeDecisionWO
from qlib.backtest.executor import SimulatorExecutor
from qlib.data import D
from qlib.strategy.base import BaseStrategy


class Cross(BaseStrategy):
    def __init__(self, symbol, closes, **options):
        super().__init__(**options)
        self.symbol, self.known, self.fills = symbol, closes, []

    def generate_trade_decision(self, execute_result=None):
        for order, value, _, price in execute_result or []:
            if value:
                change = order.deal_amount * (1 if order.direction == Order.BUY else -1)
                self.fills.append([str(order.start_time.date()), change, float(price)])
        start, end = self.trade_calendar.get_step_time()
        closes = list(self.known[self.known.index < start])
        held = self.trade_position.get_stock_amount(self.symbol) if self.trade_position.check_stock(self.symbol) else 0
        change = (crossing.SHARES if crossing.wants(closes) else 0) - held
        orders = []
        if change:
            side = Order.BUY if change > 0 else Order.SELL
            orders = [Order(self.symbol, abs(change), side, start_time=start, end_time=end)]
        return TradeDecisionWO(orders, self)


qlib.init(provider_uri=str(crossing.folder()), region="us", logging_level=40)
results = {}
for symbol in crossing.symbols():
    frame = D.features([symbol], ["$close"]).droplevel("instrument")
    closes = frame["$close"]
    days = closes.index
    strategy = Cross(symbol, closes)
    executor = SimulatorExecutor(time_per_step="day", generate_portfolio_metrics=True, verbose=False)
    report, _ = backtest(
        start_time=days[0],
        end_time=days[-2],  # a step needs the day after it in the calendar
        strategy=strategy,
        executor=executor,
        benchmark=pd.Series(0.0, index=days),
        account=crossing.CASH,
        exchange_kwargs={
            "codes": [symbol],
            "deal_price": "open",
            "open_cost": 0.0,
            "close_cost": 0.0,
            "min_cost": 0.0,
            "limit_threshold": None,
            "trade_unit": 1,
        },
    )
    metrics = report["1day"][0]
    results[symbol] = {"fills": strategy.fills, "pnl": float(metrics["account"].iloc[-1] - crossing.CASH)}
crossing.report(version("pyqlib"), results)
