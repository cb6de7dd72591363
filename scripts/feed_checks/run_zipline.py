"""zipline: orders fill at the close of the next session."""

import os
import tempfile
from importlib.metadata import version

os.environ["ZIPLINE_ROOT"] = tempfile.mkdtemp()

import crossing
import pandas as pd
from zipline import run_algorithm
from zipline.api import order, set_commission, set_slippage, symbol
from zipline.data.bundles import ingest
from zipline.finance.commission import NoCommission
from zipline.finance.slippage import NoSlippage
from zipline.utils.run_algo import load_extensions

load_extensions(default=False, extensions=[str(crossing.folder() / "extension.py")], strict=True, environ=os.environ)
ingest("tsgan", os.environ, show_progress=False)
days = pd.read_csv(crossing.folder() / "daily" / f"{crossing.symbols()[0]}.csv", index_col=0, parse_dates=True).index

results = {}
for name in crossing.symbols():

    def initialize(context, name=name):
        context.asset, context.closes = symbol(name), []
        set_commission(NoCommission())
        set_slippage(NoSlippage())

    def handle_data(context, data):
        context.closes.append(data.current(context.asset, "close"))
        held = context.portfolio.positions[context.asset].amount
        change = (crossing.SHARES if crossing.wants(context.closes) else 0) - held
        if change:
            order(context.asset, change)

    table = run_algorithm(
        start=days[0],
        end=days[-1],
        initialize=initialize,
        handle_data=handle_data,
        capital_base=crossing.CASH,
        bundle="tsgan",
        data_frequency="daily",
        benchmark_returns=pd.Series(0.0, index=days),
    )
    fills = [
        [str(pd.Timestamp(deal["dt"]).date()), deal["amount"], deal["price"]]
        for deals in table["transactions"]
        for deal in deals
    ]
    results[name] = {"fills": fills, "pnl": float(table["portfolio_value"].iloc[-1] - crossing.CASH)}
crossing.report(version("zipline-reloaded"), results)
