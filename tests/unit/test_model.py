"""The trees: the same rows give the same trees, whatever their order and the number of threads."""

import numpy as np
import pytest

from leadscore.metrics import log_loss, roc_auc
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.model import Rows, Trees, fitted, stopped
from tests.fakes import small_settings
from tests.markets import MARKET_FEATURES, market

MODEL = small_settings().model


@pytest.fixture(scope="module")
def learned():
    table = market(400)
    encoder = Encoder.learn(table, MARKET_FEATURES, min_rows=5, max_levels=10)
    rows = Rows(encoder.matrix(table), table["label"].to_numpy(), np.arange(len(table)))
    return encoder, rows


def fit(learned, *, rows=None, rounds=20, seed=1, threads=1, **changes):
    encoder, own = learned
    return fitted(
        encoder, rows or own, MODEL.model_copy(update=changes),
        rounds=rounds, seed=seed, threads=threads,
    )  # fmt: skip


def test_twice_the_same_trees(learned):
    assert fit(learned).sha256 == fit(learned).sha256


def test_one_and_two_threads_grow_the_same_trees(learned):
    assert fit(learned, threads=1).sha256 == fit(learned, threads=2).sha256


def test_shuffled_rows_grow_the_same_trees(learned):
    """The rank goes with its row, so the rows are back in their order before the bagging draws."""
    x, y, rank, _ = learned[1]
    mixed = np.random.default_rng(3).permutation(len(y))
    assert fit(learned, rows=Rows(x[mixed], y[mixed], rank[mixed])).sha256 == fit(learned).sha256


def test_another_seed_grows_other_trees(learned):
    assert fit(learned, seed=1).sha256 != fit(learned, seed=2).sha256


def test_the_hash_is_of_the_trees_and_not_of_the_thread_count_written_below(learned):
    one, two = fit(learned, threads=1), fit(learned, threads=2)
    assert "end of trees" in one.text
    assert one.text != two.text
    assert one.sha256 == two.sha256


def test_the_text_alone_predicts_the_same(learned):
    trees, x = fit(learned), learned[1][0]
    again = Trees(str(trees.text), trees.rounds)
    assert again.predict(x).tolist() == trees.predict(x).tolist()
    assert again.predict(x, threads=2).tolist() == trees.predict(x).tolist()


def test_the_loss_on_the_fitted_rows_falls_with_the_rounds(learned):
    x, y, *_ = learned[1]
    losses = [log_loss(y, fit(learned, rounds=n).predict(x)) for n in (1, 5, 20)]
    assert losses == sorted(losses, reverse=True)
    assert roc_auc(y, fit(learned).predict(x)) > 0.8


def test_probabilities_are_probabilities_also_for_levels_never_seen(learned):
    encoder, (x, *_) = learned
    strange = np.array([[9.0, np.nan, 99.0, -1.0], [np.nan] * 4])
    p = fit(learned).predict(np.vstack([x, strange]))
    assert ((p > 0) & (p < 1)).all()
    assert encoder.categorical == [2]


def test_fitting_stops_where_the_later_window_says(learned):
    """It goes on for the patience after the best round; asked for the best, the rest says nothing."""
    encoder, (x, y, rank, _) = learned
    early, late = slice(0, 250), slice(250, 400)
    held = stopped(
        encoder, Rows(x[early], y[early], rank[early]), Rows(x[late], y[late], rank[late]), MODEL,
        seed=1, threads=1, is_levelled=False,
    )  # fmt: skip
    assert 1 <= held.best <= len(held.losses) == held.trees.rounds <= MODEL.max_rounds
    p = held.trees.predict(x[late], rounds=held.best)
    assert held.losses[held.best - 1] == held.losses.min() == pytest.approx(log_loss(y[late], p))
    again = fit(learned, rows=Rows(x[early], y[early], rank[early]), rounds=held.best)
    assert again.predict(x[late]).tolist() == p.tolist()


def test_noise_keeps_one_round_at_least(learned):
    encoder, (x, _, rank, _) = learned
    y = np.random.default_rng(8).integers(0, 2, len(x)).astype(float)
    early, late = slice(0, 250), slice(250, 400)
    held = stopped(
        encoder, Rows(x[early], y[early], rank[early]), Rows(x[late], y[late], rank[late]), MODEL,
        seed=1, threads=1,
    )  # fmt: skip
    p = held.trees.predict(x, rounds=held.best)
    assert held.best >= 1
    assert ((p > 0) & (p < 1)).all()
