"""Explanations: contributions that sum to the total, curves against closed forms, and scenarios taken apart."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tsgan
from tests.pages.reading import check_page
from tsgan.applications.explain.attribution import TURNED, attribute
from tsgan.applications.explain.decomposition import decompose
from tsgan.applications.explain.news import DAYS, SIZES, news_impact
from tsgan.applications.history import as_of
from tsgan.data.panel import Panel
from tsgan.data.relations import relations_of
from tsgan.errors import ConfigError, DataError, ModelError, ScenarioError
from tsgan.models.classical.gjr import next_variance
from tsgan.models.contract import MarketModel
from tsgan.models.dependent.model import WithDependents
from tsgan.models.explainable import Explainable
from tsgan.models.gan.density import correlate, draw
from tsgan.models.gan.model import GAN


@pytest.fixture(scope="module")
def history(indices) -> Panel:
    """Three hundred days up to 2011-10-04, longer than any network looks back in one piece."""
    whole = indices.through("2011-10-04")
    return Panel(whole.dates[-301:].copy(), whole.assets, whole.prices[-301:].copy(), whole.kinds)


@pytest.fixture(scope="module", params=["recurrent", pytest.param("tcn", marks=pytest.mark.slow)])
def gan(request, untrained) -> GAN:
    """Two members with random weights: what is checked holds of every network."""
    return untrained(request.param)


def test_contributions_sum_to_the_total(gan, history):
    found = attribute(gan, history, "SPX")
    assert found.parts.shape == (300, 2)
    assert abs(found.total) > 0.05
    assert found.gap < 0.01
    assert abs(found.parts.sum() - found.total) < 0.01 * abs(found.total)
    assert sum(found.by_asset().values()) == pytest.approx(found.parts.sum())
    assert sum(found.by_age().values()) == pytest.approx(found.parts.sum())


def test_explained_volatility_is_the_models(gan, history):
    found, ends = attribute(gan, history, "IXIC"), np.array([len(history.returns)])
    exact = gan.predictive_moments(history.returns, ends).volatility[0, gan.info.assets.index("IXIC")]
    assert found.volatility == pytest.approx(exact * np.sqrt(252), rel=2e-4)


def test_contributions_are_what_small_changes_do(gan, history):
    """Near the baseline, integrated gradients are the effect of each day alone."""
    recent = history.returns[-gan.context_days :]
    bumped = recent.copy()
    bumped[-3, 1] += 0.02 * gan.scale[1]
    parts, after, before = gan.integrated_gradients(bumped, recent, 0)
    assert parts[-3, 1] == pytest.approx(after - before, abs=2e-6)
    assert np.count_nonzero(parts) == 1


def test_turned_history_and_rank(gan, history):
    found, returns = attribute(gan, history, "SPX"), history.returns.copy()
    returns[-TURNED:] *= -1
    column, ends = gan.info.assets.index("SPX"), np.array([len(returns)])
    turned = gan.predictive_moments(returns, ends).volatility[0, column] * np.sqrt(252)
    assert found.turned == pytest.approx(turned, rel=2e-4)
    assert 0 <= found.rank <= 1
    days = [row["contribution"] for row in found.top_days(5)]
    assert days == sorted(days, key=abs, reverse=True)
    assert len(found.words()) == 4


def test_missing_returns_leave_memory_as_it_was(gan, history):
    """An asset with rests, halted for a while, beside one that always trades."""
    prices = history.prices.copy()
    prices[4::7, 0] = np.nan
    prices[250:265, 0] = np.nan
    gaps = replace(history, prices=prices)
    for asset in gaps.assets:
        found, column = attribute(gan, gaps, asset), gaps.assets.index(asset)
        assert found.gap < 0.01 and np.isfinite(found.parts).all() and found.parts.any()
        assert (found.parts[np.isnan(gaps.moves)] == 0).all()
        exact = gan.predictive_moments(gaps.moves, np.array([len(gaps.moves)])).volatility[0, column]
        assert found.volatility == pytest.approx(exact * np.sqrt(252), rel=2e-4)
    assert any(None in day["returns"].values() for day in found.top_days(300))


def test_whole_histories_are_explained_alike_either_way(gan, history):
    from tsgan.models.gan.attribution import _with_gaps

    recent = history.returns[-gan.context_days :]
    baseline = np.where(recent >= 0, 1.0, -1.0) * np.abs(gan.scale)
    one, other = gan.integrated_gradients(recent, baseline, 0), _with_gaps(gan, recent, baseline, 0)
    np.testing.assert_allclose(other[0], one[0], atol=2e-4)
    np.testing.assert_allclose(other[1:], one[1:], atol=1e-4)


def test_too_short_a_history_is_refused(gan, history):
    with pytest.raises(DataError, match="at least 60 returns"):
        attribute(gan, history.before(history.dates[30]), "SPX")
    with pytest.raises(DataError, match="outside the history"):
        as_of(history, "2020-01-01")
    assert as_of(history) is history


def test_news_impact_of_garch_is_its_recursion(fitted, history):
    garch = fitted("gjr-garch")
    found, returns = news_impact(garch, history.returns, 1), history.returns
    today = garch.predictive_moments(returns, np.array([len(returns)])).volatility[0]
    for size, volatility in zip(SIZES, found.volatility, strict=True):
        after = next_variance(garch.margins, today**2, size * today)[1]
        assert volatility == pytest.approx(np.sqrt(252 * after), rel=1e-6)
    p = garch.margins
    # Under a symmetric law, variances revert to their mean by alpha + gamma / 2 + beta a day; the law is nearly that.
    persistence = p.alpha[1] + p.gamma[1] / 2 + p.beta[1]
    level, first, quiet = p.omega[1] / (1 - persistence), found.at(-3) ** 2 / 252, found.at(0) ** 2 / 252
    days = persistence ** np.arange(DAYS)
    expected = np.sqrt((level + (first - level) * days) / (level + (quiet - level) * days))
    np.testing.assert_allclose(found.decay[-3.0], expected, rtol=0.04)


def test_news_impact_of_the_gan(gan, history):
    found = news_impact(gan, history.returns, 0)
    assert found.volatility.shape == (len(SIZES),) and np.all(found.volatility > 0)
    assert found.decay[3.0][0] == pytest.approx(found.at(3) / found.at(0))
    assert set(found.to_dict()["half_life"]) == {"-3", "+3"}


def test_models_without_a_volatility_have_no_news(fitted, history, monkeypatch):
    silent = fitted("stationary-bootstrap")
    monkeypatch.setattr(type(silent), "predictive_moments", MarketModel.predictive_moments)
    with pytest.raises(ModelError, match="stationary-bootstrap"):
        news_impact(silent, history.returns, 0)


def test_the_noise_of_a_scenario_is_found_again(gan, history):
    paths, seed, days = gan.sample(8, 30, seed=5, history=history), 5, 30
    block = next(gan.blocks(0, 2))
    noise = gan.noise(block, days, seed)[:, 2]  # lane 2 of member 0's block
    index = int(block[2])
    generator = gan._generators[0]
    # The noise, pushed through the copula that each day's state calls for.
    state, scores = jax.tree.map(lambda a: jnp.asarray(a[0]), gan.encode(history.moves)), []
    for day in range(days):
        scores.append(correlate(generator.copula(state), jnp.asarray(noise[day, :2]), jnp.asarray(noise[day, 2:])))
        x = draw(generator.density(state), scores[-1])
        state = generator.step(state, x, jnp.int32(day))
    story = decompose(gan, history, paths, index)
    np.testing.assert_allclose(story.noise, scores, atol=5e-3)
    assert np.all(np.abs(story.common) <= np.abs(story.noise).max() + 1e-6)


def test_parts_of_a_scenario_sum_to_its_return(gan, history):
    paths = gan.sample(6, 40, seed=1, history=history)
    story = decompose(gan, history, paths, 3)
    for i, row in enumerate(story.parts()):
        assert row["return"] == pytest.approx(row["means"] + row["shocks"] + row["states"], abs=1e-9)
        assert row["return"] == pytest.approx(float(paths.returns[3, :, i].sum()), abs=1e-6)
    assert abs(story.days(0, 3)[0]["return"]) == pytest.approx(np.abs(paths.returns[3, :, 0]).max())
    assert len(story.words()) == 2


def test_a_path_met_the_volatility_of_its_day(gan, history):
    path = gan.sample(1, 5, seed=2, history=history).returns[0].astype(float)
    met = gan.filtered(history.returns[-gan.context_days :], path, 0)
    both = np.concatenate([history.returns, path])
    single = GAN(gan.info, gan.recent, jax.tree.map(lambda a: a[:1], gan.members), gan.scale, gan.shift[:1])
    exact = single.predictive_moments(both, len(history.returns) + np.arange(5))
    np.testing.assert_allclose(met.volatility, exact.volatility, rtol=2e-3)
    np.testing.assert_allclose(met.mean, exact.mean, atol=2e-5)


def test_scenarios_that_do_not_belong_are_refused(gan, history):
    paths = gan.sample(3, 5, seed=0, history=history)
    with pytest.raises(ConfigError, match="0 to 2"):
        decompose(gan, history, paths, 3)
    with pytest.raises(ScenarioError, match="no day of the history"):
        decompose(gan, history.before("2011-08-01"), paths, 0)
    with pytest.raises(ScenarioError, match="other prices"):
        decompose(gan, Panel(history.dates, history.assets, history.prices * 2, history.kinds), paths, 0)


def test_the_verb_gives_tables_page_and_files(untrained, history, tmp_path):
    gan = untrained("recurrent")
    paths = gan.sample(3, 5, seed=0, history=history)
    found = tsgan.explain(gan, history, scenario=(paths, 1))
    contributions = found.to_frame()
    assert list(contributions) == ["SPX from SPX", "SPX from IXIC", "IXIC from SPX", "IXIC from IXIC"]
    totals = {row["asset"]: row["sum_of_contributions"] for row in found.to_dict()["assets"]}
    assert contributions.iloc[:, :2].to_numpy().sum() == pytest.approx(totals[found.attributions[0].asset])
    assert len(found.to_frame("news")) == 4 * len(SIZES) and len(found.to_frame("parts")) == 2
    with pytest.raises(ConfigError, match="contributions, news, parts, days"):
        found.to_frame("prices")
    found.save(tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "contributions.csv", "explain.html", "explain.json", "files.json",
    ]  # fmt: skip
    check_page(found)
    page = (tmp_path / "out" / "explain.html").read_text().replace("&#39;", "'")
    page = page.replace("<time>", "").replace("</time>", "")  # around dates, which lines do not break
    for sentence in found.summary().splitlines():
        assert escape(sentence, quote=False) in page
    assert found.to_dict()["scenario"]["scenario"] == 1 and "Explanation" in found._repr_html_()


def test_tiles_and_matrices_are_sums_of_the_exported_contributions(untrained, history):
    """By age, by asset and in all, as percentages that multiply; news by the table of responses."""
    gan = untrained("recurrent")
    found = tsgan.explain(gan, history)
    parts, first = found.to_frame(), gan.info.assets[0]
    of_first = parts[[column for column in parts if column.startswith(f"{found.attributions[0].asset} from ")]]
    days = of_first.sum(axis=1).to_numpy()[::-1]
    at = {tile.name: tile for tile in found.front.tiles}
    recent = at["The last 20 days make it"]
    assert recent.value == pytest.approx(np.expm1(days[:20].sum()))
    assert dict(recent.beside)["the days before"] == pytest.approx(np.expm1(days[20:].sum()))
    column, ends = gan.info.assets.index(found.attributions[0].asset), np.array([len(history.returns)])
    now = gan.predictive_moments(history.returns, ends).volatility[0, column] * np.sqrt(252)
    tomorrow = next(tile for name, tile in at.items() if name.startswith("Volatility of"))
    assert tomorrow.value == pytest.approx(now, rel=2e-4)
    usual = dict(tomorrow.beside)["after usual moves"]
    assert np.log(now / usual) == pytest.approx(days.sum(), rel=0.02)
    turned = history.returns.copy()
    turned[-TURNED:] *= -1
    other = gan.predictive_moments(turned, ends).volatility[0, column] * np.sqrt(252)
    assert at[f"Direction of the last {TURNED} days makes it"].value == pytest.approx(now / other - 1, abs=1e-3)
    ages, by_asset, news = found.matrices
    for name, (a, b) in {"days 1 to 5": (0, 5), "days 6 to 20": (5, 20), "days 21 to 60": (20, 60)}.items():
        assert ages.cell(name, found.attributions[0].asset).value == pytest.approx(np.expm1(days[a:b].sum()))
    for one in found.attributions:
        own = parts[[f"{one.asset} from {asset}" for asset in gan.info.assets]].to_numpy()
        assert ages.cell("all together", one.asset).value == pytest.approx(np.expm1(own.sum()))
        assert by_asset.cell(first, f"on {one.asset}").value == pytest.approx(np.expm1(own[:, 0].sum()))
    told = found.to_frame("news")
    for asset in gan.info.assets:
        for model in told["model"].unique():
            rows = told[(told["asset"] == asset) & (told["model"] == model)].set_index("size")["volatility"]
            for size in (-3, 0, 2):
                cell = news.cell(f"{asset}, {model}", f"{size:+d}" if size else "0")
                assert cell.value == pytest.approx(rows.loc[size])


def test_only_what_can_be_differentiated_is_explained(fitted, untrained, history):
    gbm = fitted("gbm")
    assert isinstance(untrained("recurrent"), Explainable) and not isinstance(gbm, Explainable)
    with pytest.raises(ModelError, match="this is a gbm; only a gan is explained"):
        tsgan.explain(gbm, history)
    with pytest.raises(ModelError, match="a gbm is not explained"):
        attribute(gbm, history, "SPX")
    with pytest.raises(ModelError, match="a gbm is not explained"):
        decompose(gbm, history, gbm.sample(2, 3, history=history), 0)


def test_assets_that_follow_others_are_left_out_and_named(untrained, indices):
    gan, frame = untrained("recurrent"), indices.through("2011-10-04").to_frame().iloc[-400:]
    frame["CLONE"] = 3 * frame["SPX"]
    panel = tsgan.load_prices(frame)
    whole = WithDependents.of(gan, panel, relations_of(panel), 0)
    object.__setattr__(whole, "info", replace(whole.info, warnings=whole.words))
    paths = whole.sample(3, 20, history=panel, seed=1)
    found = tsgan.explain(whole, panel, scenario=(paths, 1))
    assert [one.asset for one in found.attributions] == list(gan.info.assets)
    assert "CLONE moves exactly as SPX" in found.summary()
    taken = found.scenario
    assert taken is not None and taken.assets == gan.info.assets
    order = [paths.assets.index(asset) for asset in gan.info.assets]
    np.testing.assert_allclose(taken.returns, paths.returns[1][:, order], rtol=1e-6)
    np.testing.assert_allclose(taken.mean + taken.volatility * taken.shocks, taken.returns)
