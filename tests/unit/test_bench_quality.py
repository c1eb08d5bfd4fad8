"""The quality benchmark on a small simulated market: every method on the same rows, and figures that add up."""

import importlib.util
import json

import numpy as np
import pytest

from benchmarks.quality import bars, learning, peers, rolling, simulated, splits_run
from benchmarks.quality.__main__ import main
from benchmarks.quality.figures import judged
from benchmarks.quality.ours import BLEND, PARTS
from benchmarks.quality.peers import Method
from benchmarks.quality.problems import last_share, random_folds, some_leads
from benchmarks.quality.runs import forget
from benchmarks.quality.store import Store
from leadscore.metrics import log_loss

ABSENT = {
    name
    for name, module in (("CatBoost", "catboost"), ("FLAML", "flaml"))
    if importlib.util.find_spec(module) is None
}


@pytest.fixture(scope="module")
def market():
    return simulated.market(600, seed=1)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Run everything on the small market and return the folder."""
    out = tmp_path_factory.mktemp("quality")
    main(["--quick", "--budget", "1", "--out", str(out)])
    return out


def truthful(name="truth", *, calls=None):
    """Return a method that knows the truth, and counts how often it is asked."""

    def run(train, test):
        if calls is not None:
            calls.append((len(train), len(test)))
        return {name: test.truth}

    return Method(name, "knows the truth", run)


def test_the_page_names_every_method_and_says_what_is_missing(page):
    text = (page / "quality.md").read_text("utf-8")
    names = {m.name for m in peers.PEERS} | {BLEND, "FLAML", *PARTS.values()}
    assert {name for name in names if f"| {name.strip('*')} |" not in text.replace("**", "")} == (
        ABSENT
    )
    for name in ABSENT:
        assert f"{name}: {name.lower()} could not be installed." in text
    assert "PASS  " in text
    assert "nan" not in text.lower()


def test_figures_are_on_the_same_rows_and_the_pictures_are_there(page):
    raw = json.loads((page / "quality.json").read_text("utf-8"))
    for split in raw["splits"]:
        assert set(split["missing"]) == ABSENT
        for opinion in split["opinions"]:
            counted = {(f["n"], f["n_won"]) for f in opinion["figures"].values()}
            assert counted == {(split["n"], split["n_won"])}
    for name in ("quality", "quality_curves", "quality_rolling"):
        assert (page / f"{name}.svg").read_text("utf-8").startswith("<svg")


def test_what_was_run_is_not_run_again_and_is_judged_the_same(market, tmp_path):
    store, calls = Store(tmp_path), []
    (split,) = [s for s in simulated.splits(market) if s.key == "simulated_folds"]
    for _ in range(2):
        splits_run.measure(split, [truthful(calls=calls)], store)
    assert calls == [(300, 300), (300, 300)]
    (opinion,) = judged(store, split.key, n_resamples=20).opinions
    assert opinion.figures["log_loss"].value == pytest.approx(log_loss(market.y, market.truth))
    assert opinion.off_truth == 0.0


def test_one_method_can_be_measured_again_alone(tmp_path):
    store = Store(tmp_path)
    for key in ("run.demo_ordered.Blend", "run.demo_ordered.FLAML", "split.demo_ordered"):
        store.write(key, {})
    forget(store, ["demo"], again=["Blend"], resume=False)
    assert store.keys("") == ["run.demo_ordered.FLAML", "split.demo_ordered"]


def test_a_method_that_fails_is_told_of_and_stops_nothing(market, tmp_path):
    def fails(_train, _test):
        raise ValueError("no")

    store, split = Store(tmp_path), simulated.splits(market)[1]
    splits_run.measure(split, [Method("bad", "", fails), truthful()], store)
    found = judged(store, split.key, n_resamples=20)
    assert found.missing == {"bad": "ValueError: no"}
    assert [opinion.name for opinion in found.opinions] == ["truth"]


def test_folds_keep_leads_whole_and_judge_every_row_once(market):
    doubled = market.rows(np.repeat(np.arange(len(market)), 2))
    folds = random_folds(doubled, n_folds=5, seed=3)
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(len(doubled)))
    for train, test in folds:
        assert not set(doubled.lead[train]) & set(doubled.lead[test])


def test_the_last_share_is_the_latest(market):
    ((train, test),) = last_share(market, 0.2)
    assert market.order[train].max() < market.order[test].min()
    assert len(test) == 120


def test_draws_have_so_many_wins_and_lie_in_each_other(market):
    found = learning.draws(market, (10, 20, 10_000), seed=4)
    assert list(found) == [10, 20]
    assert [market.y[rows].sum() for rows in found.values()] == [10, 20]
    assert set(found[10]) < set(found[20])
    share = [market.y[rows].mean() for rows in found.values()]
    assert share == pytest.approx([market.y.mean()] * 2, abs=0.02)


def test_some_leads_are_as_many_as_asked_for(market):
    assert len(some_leads(market, 50, seed=1)) == 50


def test_a_cell_compares_draw_by_draw():
    rows = [
        {"wins": 10, "repeat": r, "leads": 30, "opinion": name, "loss": loss + r, "cpu": 0.0}
        for r in (0, 1)
        for name, loss in zip((BLEND, *PARTS.values()), (0.5, 0.6, 0.55, 0.7), strict=True)
    ]
    (cell,) = learning.cells(learning.pd.DataFrame(rows))
    assert cell.best_part == PARTS["logistic"]
    assert (cell.gap, cell.se) == pytest.approx((-0.05, 0.0))
    assert cell.is_safe
    assert cell.is_better


def test_recalibration_sees_past_blocks_only(market):
    block = rolling.blocks(market)
    assert block.tolist() == np.repeat([0, 1, 2, 3], 150).tolist()
    p, changed = np.clip(market.truth / 2, 0.01, 0.99), market.y.copy()
    changed[block >= 2] = 1 - changed[block >= 2]
    turned = [
        rolling.recalibrated(y, p, block, market.settings, half_life=1.0)
        for y in (market.y, changed)
    ]
    assert np.array_equal(turned[0][block <= 2], turned[1][block <= 2])
    assert not np.allclose(turned[0][block == 3], turned[1][block == 3])
    plain, better = (rolling.block_losses(market.y, q, block) for q in (p, turned[0]))
    assert better.mean() < plain.mean()


def test_a_followed_line_knows_the_blocks_before_it_alone(market):
    block = np.repeat([0, 1, 2, 3], 150)
    p, changed = np.clip(market.truth / 2, 0.01, 0.99), market.y.copy()
    changed[block >= 2] = 1 - changed[block >= 2]
    plain, turned = (rolling.followed(y, p, block, market.settings) for y in (market.y, changed))
    assert np.array_equal(plain[block <= 2], turned[block <= 2])
    assert not np.allclose(plain[block == 3], turned[block == 3])


@pytest.mark.parametrize(("shift", "verdict"), [(0.0, "PASS"), (3.0, "FAIL")])
def test_level_with_the_best_peer_passes_a_bar(market, tmp_path, monkeypatch, shift, verdict):
    monkeypatch.setattr(bars, "STATIONARY", {"simulated_ordered": 0.1})
    store, split = Store(tmp_path), simulated.splits(market)[1]

    def shifted(_train, test):
        return {BLEND: 1 / (1 + np.exp(-(np.log(test.truth / (1 - test.truth)) + shift)))}

    splits_run.measure(split, [Method(BLEND, "", shifted), truthful()], store)
    figure, rival = bars.splits([judged(store, split.key, n_resamples=50)])
    assert figure.startswith("FAIL")
    assert rival.startswith(verdict)
