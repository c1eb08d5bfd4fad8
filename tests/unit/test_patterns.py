"""Tables of trees: LightGBM's log-odds to the last bit, its contributions to 1e-12, and Shapley's definition."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import lightgbm as lgb
import numpy as np
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.scoring.model import Trees
from leadscore.scoring.patterns import engine as engines
from leadscore.scoring.patterns import tables
from leadscore.scoring.patterns.engine import Engine
from leadscore.scoring.patterns.forest import UnlikeTreesError, parse
from leadscore.scoring.patterns.groups import cut, paths_of

N_CATEGORIES = 40
ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-36, -1e300, 1e300, -1.0, -0.5, 39.9, 40.0, 1e9]


def rows(n, *, n_columns=8, n_categories=2, seed=0):
    """Return looks with missing values, zeros, ties, and categories in the first columns."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(n, n_columns)), 1)
    x[rng.random(x.shape) < 0.15] = np.nan
    for column in range(n_categories):
        x[:, column] = rng.integers(0, N_CATEGORIES, n)
        x[rng.random(n) < 0.1, column] = np.nan
    return x


def grown(n=2_000, *, n_columns=8, n_categories=2, trees=15, seed=0, **parameters):
    """Return LightGBM's text of trees that found something to learn, and their rows."""
    x = rows(n, n_columns=n_columns, n_categories=n_categories, seed=seed)
    rng = np.random.default_rng(seed + 1)
    known = np.nan_to_num(x)
    z = known[:, -1] * known[:, -2] + known[:, -3] + 0.7 * (known[:, 0] % 3 - 1)
    y = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(float)
    booster = lgb.train(
        {"objective": "binary", "num_leaves": 15, "min_data_in_leaf": 5, "min_data_per_group": 5,
         "max_cat_to_onehot": 1, "cat_smooth": 1, "verbosity": -1, "num_threads": 1, "seed": 1,
         **parameters},
        lgb.Dataset(x, label=y, categorical_feature=list(range(n_categories))),
        trees,
    )  # fmt: skip
    return booster.model_to_string(), x


def agree(text, x, *, engine=None):
    """Hold an engine against LightGBM on the rows of x."""
    booster = lgb.Booster(model_str=text)
    engine = engine or Engine.of_text(text)
    raw, told = engine.contributions(x)
    expected = booster.predict(x, pred_contrib=True)
    assert np.array_equal(raw, booster.predict(x, raw_score=True))
    assert np.array_equal(raw, engine.log_odds(x))
    assert np.abs(told.T - expected[:, :-1]).max() < 1e-12
    assert engine.expected == pytest.approx(expected[0, -1], abs=1e-12)
    assert np.abs(engine.expected + told.sum(axis=0) - raw).max() < 1e-12


KINDS = {
    "missing values": {},
    "zeros are missing": {"zero_as_missing": True},
    "nothing is missing": {"use_missing": False},
    "one leaf against the rest": {"max_cat_to_onehot": 50},
    "stumps": {"num_leaves": 2},
    "large trees": {"num_leaves": 90, "min_data_in_leaf": 2},
    "bagged": {"bagging_fraction": 0.5, "bagging_freq": 1, "feature_fraction": 0.5},
    "chances": {"objective": "cross_entropy"},
    "coarse": {"max_bin": 4},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_says_what_lightgbm_says(kind):
    text, x = grown(**KINDS[kind])
    odd = x[: len(ODD)].copy()
    for column in range(x.shape[1]):
        odd[:, column] = np.roll(ODD, column)
    agree(text, np.concatenate([x[:300], odd]))


@pytest.mark.parametrize("bits", [1, 2, 4, 14])
def test_leaves_of_too_many_features_are_said_without_a_table(bits):
    text, x = grown(n_columns=30, num_leaves=60, min_data_in_leaf=2)
    trees = parse(text).trees
    n_deep = sum(len(cut(paths_of(tree), bits)[1]) for tree in trees)
    assert (n_deep > 0) == (bits < 14)
    agree(text, x[:200], engine=Engine(tables.tables_of(parse(text), most_bits=bits)))


def test_groups_hold_every_leaf_once_within_their_bits():
    text, _ = grown(n_columns=20, num_leaves=60, min_data_in_leaf=2)
    for tree in parse(text).trees:
        groups, deep = cut(paths_of(tree), 6)
        values = [value for group in groups for value, _ in group.leaves]
        values += [path.value for path in deep]
        assert sorted(values) == sorted(tree.leaf_value)
        assert all(len(group.bits) <= 6 for group in groups)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    leaves=st.integers(2, 40),
    n_categories=st.integers(0, 3),
    n_columns=st.integers(4, 12),
)
def test_any_trees_are_said_as_lightgbm_says_them(seed, leaves, n_categories, n_columns):
    text, x = grown(
        300, n_columns=n_columns, n_categories=n_categories, trees=5, seed=seed,
        num_leaves=leaves, min_data_in_leaf=1,
    )  # fmt: skip
    agree(text, x[:60])


def test_the_contributions_are_shapley_values_by_their_definition():
    text, x = grown(400, n_columns=5, n_categories=1, trees=1, num_leaves=8)
    (tree,) = parse(text).trees

    def value(at, row, known):
        """Return the mean of a subtree where only `known` features decide, by training rows."""
        if at < 0:
            return tree.leaf_value[-1 - at]
        left, right = int(tree.left[at]), int(tree.right[at])
        feature = int(tree.feature[at])
        if feature in known:
            if tree.is_category[at]:
                goes = row[feature] in tree.sets[int(tree.threshold[at])]
            elif np.isnan(row[feature]):
                goes = tree.default_left[at]
            else:
                goes = row[feature] <= tree.threshold[at]
            return value(left if goes else right, row, known)
        n = [tree.node_count[c] if c >= 0 else tree.leaf_count[-1 - c] for c in (left, right)]
        both = value(left, row, known), value(right, row, known)
        return (n[0] * both[0] + n[1] * both[1]) / sum(n)

    engine = Engine.of_text(text)
    _, told = engine.contributions(x[:20])
    for i, row in enumerate(x[:20]):
        for feature in range(5):
            others = [f for f in range(5) if f != feature]
            sum_ = 0.0
            for size in range(5):
                weight = factorial(size) * factorial(4 - size) / factorial(5)
                for chosen in combinations(others, size):
                    with_it = value(0, row, {*chosen, feature})
                    sum_ += weight * (with_it - value(0, row, set(chosen)))
            assert told[feature, i] == pytest.approx(sum_, abs=1e-12)


@pytest.mark.filterwarnings("ignore:LightGBM binary classifier:UserWarning")
def test_the_contributions_are_those_of_shap():
    text, x = grown(n_categories=0)
    theirs = shap.TreeExplainer(lgb.Booster(model_str=text)).shap_values(x[:100])
    theirs = np.asarray(theirs[-1] if isinstance(theirs, list) else theirs)
    theirs = theirs[..., 1] if theirs.ndim == 3 else theirs
    assert np.abs(Engine.of_text(text).contributions(x[:100])[1].T - theirs).max() < 1e-9


def test_neither_blocks_nor_threads_nor_order_change_a_bit(monkeypatch):
    text, x = grown(3_000)
    engine = Engine.of_text(text)
    raw, told = engine.contributions(x)
    monkeypatch.setattr(engines, "BLOCK", 128)
    for threads in (1, 2, 3):
        again, other = engine.contributions(np.asfortranarray(x), threads=threads)
        assert np.array_equal(raw, again)
        assert np.array_equal(told, other)
    assert np.array_equal(engine.contributions(x[::-1])[1], told[:, ::-1])


def test_single_precision_is_near_and_its_log_odds_are_exact():
    text, x = grown(trees=100)
    exact, fast = Engine.of_text(text), Engine.of_text(text, single=True)
    assert fast.tables.added.nbytes * 2 == exact.tables.added.nbytes
    assert np.array_equal(exact.log_odds(x), fast.contributions(x)[0])
    apart = np.abs(exact.contributions(x)[1] - fast.contributions(x)[1]).max()
    assert 0 < apart < 1e-6


def test_trees_that_learned_nothing_add_nothing():
    x = rows(50)
    booster = lgb.train(
        {"objective": "binary", "verbosity": -1, "min_data_in_leaf": 100},
        lgb.Dataset(x, label=np.arange(50) % 2), 3,
    )  # fmt: skip
    agree(booster.model_to_string(), x)
    assert not Engine.of_text(booster.model_to_string()).contributions(x)[1].any()


def test_no_rows_are_no_trouble_and_other_columns_are_refused():
    text, x = grown()
    raw, told = Engine.of_text(text).contributions(x[:0])
    assert raw.shape == (0,)
    assert told.shape == (8, 0)
    with pytest.raises(ValueError, match="expected 8 columns, got 7"):
        Engine.of_text(text).log_odds(x[:, :7])


@pytest.mark.parametrize(
    ("parameters", "what"),
    [
        ({"linear_tree": True}, "linear leaves"),
        ({"objective": "multiclass", "num_class": 3}, "several classes"),
        ({"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}, "averaged"),
    ],
)
def test_other_kinds_of_trees_are_not_guessed_at(parameters, what):
    x = rows(600, n_categories=0)
    y = (np.nan_to_num(x[:, 3]) > 0).astype(float) + (np.nan_to_num(x[:, 4]) > 1)
    y = y if "num_class" in parameters else np.minimum(y, 1)
    booster = lgb.train(
        {"objective": "binary", "verbosity": -1, **parameters}, lgb.Dataset(x, label=y), 3
    )
    with pytest.raises(UnlikeTreesError, match=what):
        Engine.of_text(booster.model_to_string())


def test_where_no_table_can_be_made_lightgbm_itself_explains(monkeypatch):
    text, x = grown()
    by_tables = Trees(text, 15)
    raw, told = by_tables.explained(x[:50])
    monkeypatch.setattr(tables, "MOST_BYTES", 100)
    alone = Trees(text, 15)
    assert alone.engine is None
    other, beside = alone.explained(x[:50])
    assert np.array_equal(raw, other)
    assert np.abs(told - beside).max() < 1e-12
    assert alone.expected == pytest.approx(by_tables.expected, abs=1e-12)
    assert alone.explained(x[:0])[1].shape == (0, 8)
