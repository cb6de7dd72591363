"""vectorbt: orders fill where they are put; here at the open of the day after the signal."""

from importlib.metadata import version

import crossing
import pandas as pd
import vectorbt

close, opens = (
    pd.read_csv(crossing.folder() / f"{field}.csv", index_col="date", parse_dates=True) for field in ("close", "open")
)
wanted = pd.DataFrame(
    {name: [crossing.wants(list(column[: i + 1])) for i in range(len(column))] for name, column in close.items()},
    index=close.index,
)
held = (wanted.shift(1, fill_value=False) * crossing.SHARES).astype(float)
ran = vectorbt.Portfolio.from_orders(
    close, size=held, size_type="targetamount", price=opens, init_cash=crossing.CASH, freq="1D"
)
orders = ran.orders.records_readable
results = {}
for symbol in close:
    mine = orders[orders["Column"] == symbol]
    fills = [
        [str(row.Timestamp.date()), row.Size if row.Side == "Buy" else -row.Size, row.Price]
        for row in mine.itertuples()
    ]
    results[symbol] = {"fills": fills, "pnl": float(ran.total_profit()[symbol])}
crossing.report(version("vectorbt"), results)
