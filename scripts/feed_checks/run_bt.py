"""bt: transactions fill at the close at which they are decided."""

from importlib.metadata import version

import bt
import crossing
import pandas as pd


class Cross(bt.Algo):
    def __init__(self, symbol):
        super().__init__()
        self.symbol = symbol

    def __call__(self, target):
        closes = list(target.universe[self.symbol])
        held = target.children[self.symbol].position if self.symbol in target.children else 0
        change = (crossing.SHARES if crossing.wants(closes) else 0) - held
        if change:
            target.transact(change, self.symbol)
        return True


prices = pd.read_csv(crossing.folder() / "prices.csv", index_col="date", parse_dates=True)
results = {}
for symbol in prices:
    strategy = bt.Strategy("cross", [Cross(symbol)])
    test = bt.Backtest(strategy, prices[[symbol]], initial_capital=crossing.CASH, integer_positions=True)
    deals = bt.run(test).get_transactions()
    fills = [[str(day.date()), row.quantity, row.price] for (day, _), row in deals.iterrows()]
    results[symbol] = {"fills": fills, "pnl": float(test.strategy.value - crossing.CASH)}
crossing.report(version("bt"), results)
