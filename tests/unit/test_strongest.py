"""The strongest reasons of many rows: the same as sorting every row by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.scoring.strongest import LEAST_POINTS, Grouped, by_origin, strongest

GROUPED = Grouped.of(
    ["visits", "visits", "country", "visits"], ["visits", "rule a"], [True, False, True, True]
)


def test_features_and_rules_of_one_origin_are_one_reason():
    features = np.array([[1.0], [2.0], [-3.0], [4.0]])
    rules = np.array([[10.0], [0.25]])
    assert GROUPED.names == ("country", "rule a", "visits")
    total = by_origin(features, rules, GROUPED)
    assert total.ravel().tolist() == [-3.0, 0.25, 17.0]
    for_ = strongest(features, total, GROUPED, sign=1, k=2)
    assert for_.origin.ravel().tolist() == [2, -1]
    assert for_.points.ravel().tolist() == [17.0, 0.0]
    # The second feature adds more, and cannot be read.
    assert for_.feature.ravel().tolist() == [3, -1]
    against = strongest(features, total, GROUPED, sign=-1, k=2)
    assert against.origin.ravel().tolist() == [0, -1]
    assert against.points.ravel().tolist() == [-3.0, 0.0]
    assert against.feature.ravel().tolist() == [2, -1]


def test_what_only_a_rule_says_has_no_feature():
    total = by_origin(np.zeros((4, 1)), np.array([[0.0], [5.0]]), GROUPED)
    for_ = strongest(np.zeros((4, 1)), total, GROUPED, sign=1, k=1)
    assert for_.origin.item() == 1
    assert for_.feature.item() == -1


def test_an_origin_of_unreadable_features_is_told_by_one_of_them():
    grouped = Grouped.of(["a", "a"], [], [False, False])
    features = np.array([[1.0], [2.0]])
    told = strongest(features, by_origin(features, np.zeros((0, 1)), grouped), grouped, sign=1, k=1)
    assert told.feature.item() == 1


def test_half_a_point_is_a_reason_and_less_is_none():
    grouped = Grouped.of(["a", "b"], [], [True, True])
    features = np.array([[LEAST_POINTS], [np.nextafter(LEAST_POINTS, 0)]])
    told = strongest(features, features, grouped, sign=1, k=2)
    assert told.origin.ravel().tolist() == [0, -1]


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_origins=st.integers(1, 12),
    k=st.integers(1, 6),
    sign=st.sampled_from([1, -1]),
)
def test_the_same_as_sorting_each_row(seed, n_origins, k, sign):
    rng = np.random.default_rng(seed)
    n_features = n_origins + int(rng.integers(0, 8))
    origins = [f"o{i % n_origins:02d}" for i in range(n_features)]
    readable = (rng.random(n_features) < 0.7).tolist()
    grouped = Grouped.of(origins, [], readable)
    features = np.round(rng.normal(size=(n_features, 20)) * 2) / 2  # many ties
    total = by_origin(features, np.zeros((0, 20)), grouped)
    told = strongest(features, total, grouped, sign=sign, k=k)
    for row in range(20):
        ranked = sorted(range(n_origins), key=lambda o: -sign * total[o, row])
        wanted = [o for o in ranked if sign * total[o, row] >= LEAST_POINTS][:k]
        assert told.origin[:, row].tolist() == wanted + [-1] * (k - len(wanted))
        assert told.points[: len(wanted), row].tolist() == [total[o, row] for o in wanted]
        for i, origin in enumerate(wanted):
            own = [f for f in range(n_features) if origins[f] == grouped.names[origin]]
            own = [f for f in own if readable[f]] or own
            best = max(own, key=lambda f: sign * features[f, row])
            assert told.feature[i, row] == best


def test_no_rows_have_no_reasons():
    told = strongest(np.zeros((4, 0)), np.zeros((3, 0)), GROUPED, sign=1, k=3)
    assert told.origin.shape == (3, 0)


def test_grouping_knows_its_lengths():
    with pytest.raises(IndexError):
        Grouped.of(["a", "b"], [], [True])
