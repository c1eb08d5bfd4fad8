"""Segments: which are unfit, that chance and a common level make none, and what the night then shows."""

import itertools

import numpy as np
import pandas as pd
import pytest

from leadscore.scoring.segments import (
    Unfit,
    is_unfit,
    segment_columns,
    unfit_of,
    unfit_segments,
    variance_of_wins,
    verdict_of,
)
from tests.fakes import small_settings

DRIFT = small_settings().drift


def evidence(*, n=6000, wrong=1.0, level=1.0, seed=1):
    """Leads of five channels; wins are `level` times as promised, in ``ads`` also `wrong` times."""
    draw = np.random.default_rng(seed)
    p = draw.beta(2, 18, n)
    channel = draw.choice(["ads", "fair", "mail", "phone", "web"], n)
    true = np.clip(p * level * np.where(channel == "ads", wrong, 1.0), 0, 1)
    return pd.DataFrame(
        {
            "lead_id": pd.Series([f"l{i}" for i in range(n)], dtype="str"),
            "label": (draw.random(n) < true).astype(float),
            "p_issued": p,
            "lead_channel": pd.Series(channel, dtype="str"),
            "lead_age": draw.uniform(20, 60, n),
            "window": pd.Series(["test"] * n, dtype="str"),
        }
    )


def unfit(table, **changes):
    return unfit_segments(table, DRIFT, min_leads=30, **changes)


@pytest.mark.parametrize(("wrong", "verdict"), [(0.3, "too high"), (2.5, "too low")])
def test_a_segment_whose_promises_fail_is_named(wrong, verdict):
    (found,) = unfit(evidence(wrong=wrong))
    assert (found.column, found.value, found.verdict) == ("lead_channel", "ads", verdict)
    table = evidence(wrong=wrong)
    inside = table.loc[table["lead_channel"] == "ads"]
    assert (found.n, found.n_won) == (len(inside), int(inside["label"].sum()))
    assert found.won == pytest.approx(inside["label"].mean())


def test_a_level_common_to_all_is_no_segments_fault():
    assert unfit(evidence(level=2.0)) == ()


def test_hardly_any_honest_market_has_an_unfit_segment():
    """One market in twenty is allowed by chance; the ratio allows fewer."""
    assert sum(bool(unfit(evidence(n=2000, seed=seed))) for seed in range(100)) <= 2


def test_few_leads_and_few_expected_wins_are_no_evidence():
    table = evidence(wrong=0.0)
    few = table.loc[(table["lead_channel"] != "ads") | (np.arange(len(table)) < 100)]
    assert unfit(few) == ()
    assert unfit(table.head(0)) == ()


def test_words_about_lead_or_firm_are_segments():
    assert segment_columns(evidence()) == ["lead_channel"]


@pytest.mark.parametrize(
    ("won", "ratio", "verdict"),
    [(10, 1.0, "holds"), (30, 1.0, "too low"), (1, 1.0, "too high"), (20, 2.0, "holds")],
)
def test_wins_are_held_against_the_promise(won, ratio, verdict):
    """100 leads of 0.1: 10 expected, and a standard error of 3."""
    y = np.arange(100) < won
    p = np.full(100, 0.1)
    found = verdict_of(y.astype(float), p, np.arange(100), limit=1.96, ratio=ratio)
    assert found == verdict


def test_variance_of_looks_at_one_lead_is_that_of_all_that_may_happen():
    """One uniform number decides: over (0, 0.2, 0.5, 0.9) sums are 3, 2, 1, 0."""
    p = np.array([0.5, 0.2, 0.9])
    mean = p.sum()
    exact = 0.2 * 3**2 + 0.3 * 2**2 + 0.4 * 1**2 - mean**2
    assert variance_of_wins(p, ["a"] * 3) == pytest.approx(exact)
    for order in itertools.permutations(range(3)):
        assert variance_of_wins(p[list(order)], ["a"] * 3) == pytest.approx(exact)


def segment(value="ads", column="lead_channel"):
    return Unfit(column, value, 0.1, 0.03, 900, 27, "too high")


def test_looks_in_an_unfit_segment_are_marked():
    looks = pd.DataFrame({"lead_id": ["a", "b", "c"], "lead_channel": ["ads", "fair", None]})
    assert is_unfit(looks, [segment()]).tolist() == [True, False, False]
    assert not is_unfit(looks, []).any()


def test_a_column_that_is_gone_holds_nobody():
    assert not is_unfit(pd.DataFrame({"lead_id": ["a"]}), [segment()]).any()


def test_unfit_segments_travel_in_the_manifest():
    assert unfit_of({"unfit": [segment().to_dict()]}) == (segment(),)
    assert unfit_of({"format": 1}) == ()
