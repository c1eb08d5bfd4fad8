"""The strongest reasons of many rows: the same as sorting every row by itself."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.scoring.reasons.criteria import Criteria, Criterion
from leadscore.scoring.reasons.strongest import LEAST_POINTS, Members, by_criterion, strongest


def grouped(of_feature, of_rule, may_lead, hidden=()):
    """Return members of criteria that are given by their places."""
    n = max([*of_feature, *of_rule]) + 1
    own = [tuple(f for f, at in enumerate(of_feature) if at == place) for place in range(n)]
    return Members.of(
        Criteria(
            tuple(Criterion(str(i), None, m, i not in hidden) for i, m in enumerate(own)),
            np.array(of_feature, np.intp), np.array(of_rule, np.intp), np.array(may_lead, bool),
        )
    )  # fmt: skip


VISITS, COUNTRY, RULE = 0, 1, 2
MEMBERS = grouped(
    [VISITS, VISITS, COUNTRY, VISITS], [VISITS, RULE, RULE], [True, False, True, True]
)


def one(features, rules, *, sign=1, k=2, members=MEMBERS):
    terms = np.array([*features, *rules], dtype=float)[:, None]
    return strongest(terms, by_criterion(terms, members), members, sign=sign, k=k)


def test_features_and_rules_of_one_criterion_are_one_reason():
    told = one([1, 2, -3, 4], [10, 0.25, 0])
    assert told.criterion.ravel().tolist() == [VISITS, -1]
    assert told.points.ravel().tolist() == [17.0, 0.0]
    # The second feature would add most of all, and cannot be read.
    assert told.term.ravel().tolist() == [3, -1]
    against = one([1, 9, -3, 4], [10, 0.25, 0], sign=-1)
    assert against.criterion.ravel().tolist() == [COUNTRY, -1]
    assert against.points.ravel().tolist() == [-3.0, 0.0]
    assert against.term.ravel().tolist() == [2, -1]


def test_what_only_rules_say_is_told_by_the_strongest_of_them():
    assert one([0] * 4, [0, 5, 2], k=1).term.item() == 5
    assert one([0] * 4, [0, 2, 5], k=1).term.item() == 6


def test_what_may_not_be_told_is_none_however_strong():
    members = grouped([0, 1], [], [True, True], hidden={0})
    assert one([90, 1], [], members=members).criterion.ravel().tolist() == [1, -1]


def test_half_a_point_is_a_reason_and_less_is_none():
    members = grouped([0, 1], [], [True, True])
    told = one([LEAST_POINTS, np.nextafter(LEAST_POINTS, 0)], [], members=members)
    assert told.criterion.ravel().tolist() == [0, -1]


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_criteria=st.integers(1, 12),
    k=st.integers(1, 6),
    sign=st.sampled_from([1, -1]),
)
def test_the_same_as_sorting_each_row(seed, n_criteria, k, sign):
    rng = np.random.default_rng(seed)
    n_features, n_rules = n_criteria + int(rng.integers(0, 8)), int(rng.integers(0, 4))
    of_feature = [i % n_criteria for i in range(n_features)]
    of_rule = rng.integers(0, n_criteria, n_rules).tolist()
    may_lead = (rng.random(n_features) < 0.7).tolist()
    members = grouped(of_feature, of_rule, may_lead)
    of_term = of_feature + of_rule
    terms = np.round(rng.normal(size=(n_features + n_rules, 20)) * 2) / 2  # many ties
    total = by_criterion(terms, members)
    told = strongest(terms, total, members, sign=sign, k=k)
    for row in range(20):
        ranked = sorted(range(n_criteria), key=lambda c: -sign * total[c, row])
        wanted = [c for c in ranked if sign * total[c, row] >= LEAST_POINTS][:k]
        assert told.criterion[:, row].tolist() == wanted + [-1] * (k - len(wanted))
        assert told.points[: len(wanted), row].tolist() == [total[c, row] for c in wanted]
        for i, criterion in enumerate(wanted):
            own = [f for f in range(n_features) if of_feature[f] == criterion and may_lead[f]]
            own = own or [t for t in range(n_features, len(of_term)) if of_term[t] == criterion]
            best = max(own, key=lambda t: sign * terms[t, row]) if own else -1
            assert told.term[i, row] == best


def test_no_rows_and_no_reasons_asked_for():
    terms = np.zeros((7, 0))
    assert strongest(terms, by_criterion(terms, MEMBERS), MEMBERS, sign=1, k=3).term.shape == (3, 0)
    assert one([9] * 4, [0] * 3, k=0).term.shape == (0, 1)
