"""backtesting.py: market orders fill at the next open; what is open at the end is closed at the last close."""

from importlib.metadata import version

import crossing
import pandas as pd
from backtesting import Backtest, Strategy


class Cross(Strategy):
    def init(self):
        pass

    def next(self):
        wanted = crossing.wants(list(self.data.Close))
        if wanted and not self.position:
            self.buy(size=crossing.SHARES)
        elif self.position and not wanted:
            self.position.close()


results = {}
for symbol in crossing.symbols():
    bars = pd.read_csv(crossing.folder() / f"{symbol}.csv", index_col="Date", parse_dates=True)
    stats = Backtest(bars, Cross, cash=crossing.CASH, finalize_trades=True).run()
    fills = []
    for trade in stats["_trades"].itertuples():
        fills.append([str(trade.EntryTime.date()), trade.Size, trade.EntryPrice])
        # A trade still open at the end is closed by the engine, not by the strategy.
        if trade.ExitBar < len(bars) - 1 or trade.ExitPrice == bars["Open"].iloc[-1]:
            fills.append([str(trade.ExitTime.date()), -trade.Size, trade.ExitPrice])
    results[symbol] = {"fills": fills, "pnl": stats["Equity Final [$]"] - crossing.CASH}
crossing.report(version("backtesting"), results)
