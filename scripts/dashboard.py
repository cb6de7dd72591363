"""A dashboard: shock, horizon and portfolio of a model, redrawn within a second.

Install marimo beside tsgan and run ``marimo run scripts/dashboard.py -- MODEL PRICES``; without a model it fits a
GJR-GARCH to the sample prices.
"""

import marimo

app = marimo.App(width="medium", app_title="tsgan")


@app.cell
def _():
    import sys

    import marimo as mo

    import tsgan
    from tsgan.applications.dashboard import Board

    given = [word for word in sys.argv[1:] if not word.startswith("-")][-2:]
    prices = tsgan.load_prices(given[1] if len(given) == 2 else "sample:us-indices")
    model = tsgan.load_model(given[0]) if len(given) == 2 else tsgan.fit(prices, "gjr-garch")
    board = Board.of(model, prices)
    about = f"{model.info.model} of {', '.join(board.panel.assets)}, from the close of {board.panel.dates[-1]}"
    mo.md(f"# What could a portfolio lose?\n{about}; shares of the capital")
    return board, mo


@app.cell
def _(board, mo):
    shock = mo.ui.slider(-6, 6, 0.5, value=0, show_value=True, label="Tomorrow, in standard deviations")
    horizon = mo.ui.slider(1, 60, 1, value=20, show_value=True, label="Days after it")
    weights = mo.ui.dictionary(
        {
            ticker: mo.ui.slider(-1, 1, 0.05, value=round(1 / len(board.prices), 2), show_value=True, label=ticker)
            for ticker in board.prices
        }
    )
    mo.hstack([mo.vstack([shock, horizon]), mo.vstack(list(weights.values()))])
    return horizon, shock, weights


@app.cell
def _(board, horizon, mo, shock, weights):
    found = board.risk(shock.value, horizon.value, weights.value)
    invested = sum(weights.value.values())
    tiles = [
        mo.stat(f"{found.var:.1%}", label="Value at risk, 99 %"),
        mo.stat(f"{found.es:.1%}", label="Expected shortfall, 99 %"),
        mo.stat(f"{found.loss:.0%}", label="Probability of a loss"),
        mo.stat(f"{found.mean:+.1%}", label="Expected return"),
    ]
    told = f"{invested:.0%} of the capital is invested, and held as bought; cash, or debt, earns and costs nothing."
    mo.vstack([mo.hstack(tiles), mo.md(told), board.figure(found)])
    return


if __name__ == "__main__":
    app.run()
