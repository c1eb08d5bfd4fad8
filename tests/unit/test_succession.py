"""Challenger against champion: by interval on the same looks, slice by slice, and honest about what was seen."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from leadscore.review.model_card import APPROVER, approved, names_bundle
from leadscore.review.shadow import shadowed
from leadscore.review.succession import (
    BEATS,
    NO_HARM,
    NO_LEAK,
    contest,
    leakage_gate,
    succession_gates,
)
from tests.fakes import small_settings
from tests.unit.test_champions import line

N = 400
Y = (np.arange(N) % 4 == 0).astype(float)
NEW, OLD = np.where(Y == 1, 0.6, 0.2), np.full(N, 0.25)
SETTINGS = small_settings()


def looks(p=NEW, **slices):
    ids = [f"l{i}" for i in range(N)]
    return pd.DataFrame({"lead_id": ids, "as_of": pd.NaT, "label": Y, "p_issued": p, **slices})


def judged(p=NEW, rival=OLD, *, seen=None, who="champion", **slices):
    found = contest(looks(p, **slices), rival, rival=who, seen=seen, settings=SETTINGS)
    return found, {g.gate: g for g in succession_gates(found, need=0.975)}


def test_a_challenger_that_knows_more_beats_the_champion_and_one_that_knows_less_does_not():
    assert judged()[1][BEATS].passed
    assert not judged(OLD, NEW)[1][BEATS].passed
    assert not judged(OLD, OLD)[1][BEATS].passed  # no better is not better


def test_without_a_champion_only_harm_to_groups_is_asked():
    assert set(judged(who="grid")[1]) == {NO_HARM}


@pytest.mark.parametrize(
    ("seen", "note"),
    [
        (None, "no dates: the champion may have trained on any"),
        (np.zeros(N, bool), "before any of these outcomes"),
        (np.arange(N) < 100, "may have trained on 100 of these 400 looks, .* the 300 others"),
        (np.arange(N) < 390, "may have trained on 390 .* too few others are left, so all of them"),
        (np.ones(N, bool), "may have trained on 400 of these 400 looks"),
    ],
)
def test_what_the_champion_may_have_trained_on_is_said(seen, note):
    found, gates = judged(seen=seen)
    assert re.search(note, found.note())
    assert found.note() in gates[BEATS].evidence


def test_the_gate_counts_the_looks_that_neither_has_seen():
    """The champion knows the first hundred answers by heart and nothing of the others."""
    seen = np.arange(N) < 100
    by_heart = np.where(seen, np.where(Y == 1, 0.99, 0.01), OLD)
    found, gates = judged(rival=by_heart, seen=seen)
    assert gates[BEATS].passed
    assert found.counts.figure.n == 300


def test_a_group_that_loses_beyond_its_interval_is_named_and_a_small_one_has_no_number():
    channel = np.where(np.arange(N) < 200, "fair", "ads").astype(object)
    channel[:10] = "rare"
    p = np.where(channel == "ads", np.where(Y == 1, 0.1, 0.5), NEW)
    found, gates = judged(p, channel=channel)
    assert [s.level for s in found.slices if s.is_harmed] == ["ads"]
    assert found.n_too_few == 1
    assert not gates[NO_HARM].passed
    assert "channel ads" in gates[NO_HARM].evidence
    assert "1 too few" in gates[NO_HARM].evidence


def test_a_group_without_a_win_has_no_interval_and_cannot_be_harmed():
    channel = np.where(Y == 1, "some", np.where(np.arange(N) % 2 == 1, "none", "some"))
    found, _ = judged(np.full(N, 0.4), channel=channel)
    none = next(s for s in found.slices if s.level == "none")
    assert none.gap.figure.why_no_interval == "nothing won"
    assert not none.is_harmed


def test_what_cannot_be_compared_is_not_passed():
    (gate,) = succession_gates("the champion needs a column", need=0.5)
    assert (gate.gate, gate.passed) == (BEATS, False)
    assert "the champion needs a column" in gate.evidence


@pytest.mark.parametrize(
    ("manifest", "passed"),
    [({"leakage": {}}, True), ({"leakage": {"allowed": 2, "excluded": 1}}, True),
     ({"leakage": {"stops": 1}}, False), ({}, False)],
)  # fmt: skip
def test_an_open_leakage_finding_or_a_silent_bundle_is_not_passed(manifest, passed):
    gate = leakage_gate(manifest)
    assert (gate.gate, gate.passed) == (NO_LEAK, passed)


def night(score, tier):
    ids = [f"l{i}" for i in range(len(score))]
    return pd.DataFrame({"lead_id": ids, "score": score, "tier": tier})


def test_a_shadow_night_tells_correlation_and_who_changes_tier():
    """Of 100 leads the challenger calls ten hot ones warm: 10 %, Wilson 5.5 to 17.4 %."""
    score = np.arange(100.0)
    tiers = np.where(score >= 80, "hot", "cold")
    moved = np.where((score >= 80) & (score < 90), "warm", tiers)
    found = shadowed(night(score, tiers), night(score, moved), SETTINGS.review)
    assert (found.correlation.value, found.correlation.n) == (pytest.approx(1.0), 100)
    assert (found.changed.value, found.changed.n_won) == (0.1, 10)
    assert (found.changed.low, found.changed.high) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert found.moves.loc["hot"].tolist() == [10, 10, 0]


def test_a_shadow_of_few_leads_or_of_one_score_has_no_correlation():
    few, alike = night([1.0, 2.0], "cold"), night(np.full(100, 7.0), "cold")
    assert "too few" in shadowed(few, few, SETTINGS.review).correlation.why_no_interval
    told = shadowed(alike, night(np.arange(100.0), "cold"), SETTINGS.review).correlation
    assert "says the same" in told.why_no_interval


HEADINGS = (
    "Model details", "Intended use", "Prohibited use", "Factors", "Metrics", "Evaluation data",
    "Training data", "Slices", "Staleness", "Ethical considerations", "Caveats", "Approver",
)  # fmt: skip


@pytest.fixture(scope="module")
def card(market_trained):
    from leadscore.review.comparison import compare
    from leadscore.review.model_card import CardInputs, model_card
    from leadscore.scoring.described import described

    trained = market_trained.trained
    compared = compare(
        trained.evidence, fit_rate=trained.fit_rate, review=SETTINGS.review,
        thresholds=SETTINGS.thresholds.initial, seed=1,
    )  # fmt: skip
    origin = {"source": "demo", "observed_until": "2026-01-01T00:00:00+00:00", "horizon_days": 28}
    manifest = json.loads(
        json.dumps({**described(trained), **origin, "snapshots_sha256": "5" * 64})
    )
    inputs = CardInputs(manifest, "a" * 64, compared, trained.evidence, SETTINGS.review, 1)
    return model_card(inputs)


def test_a_model_card_has_its_headings_in_order_and_forbids_what_it_must(card):
    assert tuple(t[3:] for t in card.splitlines() if t.startswith("## ")) == HEADINGS
    forbidden = card.split("## Prohibited use")[1].split("##")[0]
    for word in ("Refusing", "price", "credit", "Hiring"):
        assert word in forbidden
    assert names_bundle(card, "a" * 64)
    assert not names_bundle(card, "b" * 64)


def test_the_figures_of_a_card_have_their_n_and_interval(card):
    rows = [t for t in card.split("## Metrics")[1].split("##")[0].splitlines() if "Log loss" in t]
    assert len(rows) == 3
    assert all(" to " in row and row.count(",") >= 1 for row in rows)


def test_the_approver_stands_on_the_card_only_after_promotion(card):
    assert card.rstrip().endswith(APPROVER)
    signed = approved(card, line("a", despite=["no slice harmed"]))
    assert "Ann, on 2026-01-01T10:00:00Z: because" in signed
    assert "Despite a gate not passed: no slice harmed." in signed
    assert APPROVER not in signed
