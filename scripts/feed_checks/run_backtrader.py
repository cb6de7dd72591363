"""backtrader: market orders fill at the next open."""

from importlib.metadata import version

import backtrader
import crossing


class Cross(backtrader.Strategy):
    def __init__(self):
        self.closes, self.fills = [], []

    def next(self):
        self.closes.append(self.data.close[0])
        wanted = crossing.wants(self.closes)
        if wanted and not self.position:
            self.buy(size=crossing.SHARES)
        elif self.position and not wanted:
            self.close()

    def notify_order(self, order):
        if order.status == order.Completed:
            date = backtrader.num2date(order.executed.dt).date()
            self.fills.append([str(date), order.executed.size, order.executed.price])


results = {}
for symbol in crossing.symbols():
    cerebro = backtrader.Cerebro()
    cerebro.broker.setcash(crossing.CASH)
    bars = backtrader.feeds.GenericCSVData(
        dataname=str(crossing.folder() / f"{symbol}.csv"), dtformat="%Y-%m-%d", openinterest=-1
    )
    cerebro.adddata(bars)
    cerebro.addstrategy(Cross)
    (ran,) = cerebro.run()
    results[symbol] = {"fills": ran.fills, "pnl": cerebro.broker.getvalue() - crossing.CASH}
crossing.report(version("backtrader"), results)
