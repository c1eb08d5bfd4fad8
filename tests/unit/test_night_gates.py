"""Gates on a night against those before: they stop what chance does not explain, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from leadscore.domain.errors import GateError
from leadscore.scoring.night_gates import Before, accepted, judge, with_before
from tests.fakes import settings, utc

NIGHT = settings().night
MONDAY = utc("2026-03-02")


def scores(n=1_000, *, seed=1, hot=0.1, by=0.0):
    rng = np.random.default_rng(seed)
    score = np.clip(rng.normal(45 + by, 15, n), 0, 100).round(1)
    edge = np.quantile(score, 1 - hot)
    return pd.DataFrame(
        {
            "lead_id": pd.Series([f"L{i:06d}" for i in range(n)], dtype="str"),
            "score": score,
            "tier": pd.Series(np.where(score > edge, "hot", "cold"), dtype="str"),
        }
    )


def moved(table, share):
    """Return the same leads, the first of them in another tier."""
    n = round(share * len(table))
    other = np.where(table["tier"][:n] == "hot", "cold", "hot")
    tier = np.concatenate([other, table["tier"][n:]])
    return table.assign(tier=pd.Series(tier, dtype="str"))


def judged(now, before, volumes, *, age, min_leads=30):
    _, moves = with_before(now, before)
    score = now["score"].to_numpy()
    return judge(score, moves, before, volumes, NIGHT, model_age_days=age, min_leads=min_leads)


def verdicts(now, then=None, *, volumes=(), is_alike=True, age=10.0, min_leads=30):
    before = None if then is None else Before(MONDAY, then, is_alike)
    found = judged(now, before, volumes, age=age, min_leads=min_leads)
    return {gate.gate: gate.verdict for gate in found}


def test_a_first_night_has_nothing_to_be_held_against():
    assert verdicts(scores(), age=None) == {
        "volume-moved": "not judged",
        "tiers-moved": "not judged",
        "scores-moved": "not judged",
        "model-too-old": "not judged",
    }


def test_a_night_like_the_last_passes():
    assert set(verdicts(scores(), scores(), volumes=[990, 1_010, 1_000]).values()) == {"passed"}


@pytest.mark.parametrize(
    ("n", "verdict"),
    [(1_000, "passed"), (700, "passed"), (699, "warned"), (500, "warned"), (499, "stopped"),
     (1_301, "warned"), (2_000, "warned"), (2_001, "stopped")],
)  # fmt: skip
def test_leads_are_counted_against_the_same_weekday(n, verdict):
    assert verdicts(scores(n), volumes=[10, 1_000, 1_000, 5_000])["volume-moved"] == verdict


def test_one_night_or_a_few_leads_are_no_yardstick():
    assert verdicts(scores(100), volumes=[1_000])["volume-moved"] == "not judged"
    assert verdicts(scores(100), volumes=[20, 20, 20])["volume-moved"] == "not judged"


@pytest.mark.parametrize(
    ("share", "verdict"), [(0.0, "passed"), (0.10, "passed"), (0.13, "warned"), (0.27, "warned"), (0.30, "stopped")]
)  # fmt: skip
def test_tiers_that_move_stop_only_where_chance_does_not_explain_it(share, verdict):
    """Of 1,000 leads a quarter is told from 27 % by an interval of 2.7 points either way, from 30 % not."""
    assert verdicts(moved(scores(), share), scores())["tiers-moved"] == verdict


def test_of_few_leads_chance_explains_more():
    assert verdicts(moved(scores(40), 0.30), scores(40))["tiers-moved"] == "warned"
    assert verdicts(moved(scores(20), 0.9), scores(20))["tiers-moved"] == "not judged"


def test_only_leads_of_both_nights_can_move():
    now = pd.concat([scores(), scores(500).assign(lead_id=lambda t: "N" + t["lead_id"])])
    assert verdicts(now, scores())["tiers-moved"] == "passed"


def test_scores_that_shift_stop_and_those_of_another_model_are_told():
    assert verdicts(scores(by=10), scores())["scores-moved"] == "stopped"
    other = verdicts(moved(scores(by=10), 0.5), scores(), is_alike=False)
    assert (other["scores-moved"], other["tiers-moved"]) == ("warned", "warned")


def test_a_thousand_quiet_nights_stop_at_most_once():
    """Each night has other leads of the same kind: what moves is chance."""
    stops = 0
    for seed in range(1_000):
        found = verdicts(scores(200, seed=seed), scores(200, seed=seed + 5_000))
        stops += found["scores-moved"] == "stopped"
    assert stops <= 1


@pytest.mark.parametrize(
    ("days", "verdict"), [(100, "passed"), (101, "warned"), (200, "warned"), (201, "stopped")]
)
def test_a_model_grows_old(days, verdict):
    assert verdicts(scores(), age=days)["model-too-old"] == verdict


def test_what_stops_may_be_accepted_for_a_reason_that_is_kept():
    before = Before(MONDAY, scores(), True)
    found = judged(moved(scores(), 0.6), before, [], age=1.0)
    with pytest.raises(
        GateError, match=r"tiers-moved: 600 of 1,000 leads changed their tier since 2026-03-02"
    ):
        accepted(found, None)
    told = {gate.gate: gate for gate in accepted(found, "a new campaign")}
    assert told["tiers-moved"].verdict == "accepted"
    assert told["tiers-moved"].told.endswith("accepted: a new campaign")
    assert told["scores-moved"].verdict == "passed"


def test_the_tier_of_the_last_night_stands_beside_tonights():
    then = scores(4).assign(tier=pd.Series(["hot", "warm", "cold", "cold"], dtype="str"))
    now = scores(5).assign(tier=pd.Series(["hot", "hot", "warm", "cold", "hot"], dtype="str"))
    table, counts = with_before(now, Before(MONDAY, then, True))
    assert table["tier_before"].tolist()[:4] == ["hot", "warm", "cold", "cold"]
    assert pd.isna(table["tier_before"][4])
    assert counts == {"new": 1, "up": 2, "down": 0}
    alone, none = with_before(now, None)
    assert alone["tier_before"].isna().all()
    assert none == {}


@pytest.mark.parametrize(
    ("key", "value"), [("warned_moved", 0.3), ("warned_model_days", 201), ("least_volume", 1.5), ("most_volume", 0.9)]
)  # fmt: skip
def test_limits_that_contradict_each_other_are_refused(key, value):
    with pytest.raises(ValidationError):
        type(NIGHT).model_validate({**NIGHT.model_dump(), key: value})
