"""Tiers, and which signed decision is in force."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from leadscore.domain.errors import InputError
from leadscore.domain.settings import Thresholds
from leadscore.scoring.thresholds import Decision, Decisions, in_force, reversal_of, tier

AT = Thresholds(hot=65.0, warm=50.0)


def _decision(number, day, *, source="demo", hot=65.0, warm=50.0):
    return Decision(
        id=number, decided_on=day, by="head of sales", source=source, hot=hot, warm=warm,
        anchor_probability=None, reason="test", proposal_sha256=None,
    )  # fmt: skip


def test_a_score_on_the_threshold_is_above_it():
    assert tier([0, 49.999, 50, 64.999, 65, 100], AT).tolist() == [
        "cold", "cold", "warm", "warm", "hot", "hot",
    ]  # fmt: skip


def test_a_missing_score_is_not_cold():
    with pytest.raises(ValueError, match="1 scores are missing"):
        tier([10, np.nan], AT)


def test_the_last_decision_of_the_source_on_or_before_the_day_is_in_force():
    decisions = [
        _decision("0001", "2026-01-01", hot=60.0),
        _decision("0002", "2026-04-01", hot=70.0),
        _decision("0003", "2026-05-01", source="bank", hot=90.0),
    ]
    assert in_force(decisions, source="demo", as_of=date(2026, 3, 31)).hot == 60
    assert in_force(decisions, source="demo", as_of=date(2026, 4, 1)).hot == 70
    assert in_force(decisions, source="demo", as_of=None).id == "0002"


def test_before_the_first_decision_the_initial_thresholds_hold():
    found = in_force([], source="demo", as_of=date(2026, 1, 1), initial=AT)
    assert (found.id, found.thresholds) == ("0000", AT)


def test_no_decision_and_no_initial_thresholds_is_an_error_with_a_mend():
    with pytest.raises(InputError, match=r"no-decision.*'demo'.*append a decision"):
        in_force([_decision("0001", "2026-02-01")], source="demo", as_of=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hot": 50.0}, "hot .50. must be above warm"),
        ({"hot": 101.0}, "less than or equal to 100"),
        ({"decided_on": "2026-02-30"}, "decided_on"),
        ({"id": "1"}, "id"),
        ({"by": ""}, "by"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_an_impossible_decision_is_refused(changes, words):
    fields = _decision("0001", "2026-01-01").model_dump()
    with pytest.raises(ValidationError, match=words):
        Decision.model_validate({**fields, **changes})


@pytest.mark.parametrize(
    ("second", "words"),
    [(("0001", "2026-03-01"), "ascend"), (("0002", "2025-12-31"), "before 0001")],
)
def test_the_list_only_grows(second, words):
    with pytest.raises(ValidationError, match=words):
        Decisions(decisions=[_decision("0001", "2026-01-01"), _decision(*second)])


HOT = {"a": 70.0, "b": 80.0, "c": 90.0, "0": AT.hot}


def pile(text):
    """Return decisions in order: ``a b`` decides a, then b; ``<b`` takes b back, to what lies below it."""
    decisions, standing = [], []
    for n, word in enumerate(text.split(), start=1):
        plain = _decision(f"{n:04d}", f"2026-01-{n:02d}").model_dump()
        if word.startswith("<"):
            below = standing[-2][1] if len(standing) > 1 else "0"
            plain |= {"hot": HOT[below], "reverts": standing.pop()[0]}
        else:
            standing.append((plain["id"], word))
            plain |= {"hot": HOT[word]}
        decisions.append(Decision.model_validate(plain))
    return Decisions(decisions=decisions).decisions


@pytest.mark.parametrize(
    ("decided", "now", "taken_back", "brought"),
    [
        ("", "0", None, None),
        ("a", "a", "a", "0"),  # below the first decision lie the settings' own thresholds
        ("a b", "b", "b", "a"),
        ("a b <b", "a", "a", "0"),
        ("a b <b <a", "0", None, None),
        ("a b <b c", "c", "c", "a"),
        ("a b <b <a c", "c", "c", "0"),
    ],
)
def test_decisions_pile_up_and_a_reversal_takes_the_top_off(decided, now, taken_back, brought):
    decisions = pile(decided)
    assert in_force(decisions, source="demo", as_of=None, initial=AT).hot == HOT[now]
    found = reversal_of(decisions, source="demo", initial=AT)
    assert (found and [each.hot for each in found]) == (
        [HOT[taken_back], HOT[brought]] if taken_back else None
    )


def test_a_reversal_takes_back_nothing_of_another_source():
    decisions = [
        _decision("0001", "2026-01-01", hot=70.0),
        _decision("0002", "2026-01-02", source="bank", hot=80.0),
    ]
    found = reversal_of(decisions, source="bank", initial=AT)
    assert [each.id for each in found] == ["0002", "0000"]
    wrong = {**_decision("0003", "2026-01-03", source="bank").model_dump(), "reverts": "0001"}
    with pytest.raises(ValidationError, match="0001, which was not the one to take back"):
        Decisions(decisions=[*decisions, Decision.model_validate(wrong)])


def test_the_shipped_decisions_are_readable_and_match_the_settings():
    root = Path(__file__).parents[2]
    shipped = Decisions.model_validate(yaml.safe_load((root / "config/decisions.yaml").read_text()))
    initial = yaml.safe_load((root / "params.yaml").read_text())["thresholds"]["initial"]
    found = in_force(shipped.decisions, source="demo", as_of=None).thresholds
    assert (found.hot, found.warm) == (initial["hot"], initial["warm"])
