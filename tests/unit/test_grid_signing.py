"""A proposed grid in parts, the grid a signature makes of them, and the way back: past days stay as they were."""

from datetime import date

import pytest

from leadscore.adapters.config.grids import read_grid
from leadscore.domain.rules import Limit
from leadscore.scoring.grid.parts import names_of, parts_of
from leadscore.scoring.grid.reading import dated
from leadscore.scoring.grid.signing import brought_back, signed_grid
from tests.fakes import ROOT
from tests.grid_signoffs import GRID, LEARNED_ON, learned

OLD = read_grid(ROOT / GRID)
NEW = learned(OLD)
BEFORE, SIGNED, LATER = date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 10)


def made(*only, day=SIGNED, old=OLD, new=NEW):
    return signed_grid(old, new, only, day=day, file="x")


def points(grid, day):
    """Return points and days of fading of the rules in force on a day, by the words they have."""
    return sorted((r.words.en, r.points, r.decay.days) for r in dated(grid, day).rules)


def test_parts_are_criteria_and_new_rules_come_with_those_whose_place_they_take():
    found = {part.names: (len(part.ended), len(part.begun)) for part in parts_of(OLD, NEW)}
    assert found == {
        ("pricing_view",): (1, 1),
        ("demo_request",): (1, 1),
        ("industry", "target_sector"): (1, 2),
    }
    assert names_of(OLD, NEW, parts_of(OLD, NEW)) == [
        "pricing_view", "demo_request", "demo_request.points", "demo_request.half_life", "industry",
        "target_sector", "bands",
    ]  # fmt: skip


def test_all_parts_are_the_proposal_from_the_day_of_the_signature():
    whole = made(day=LEARNED_ON)
    assert whole.grid == NEW
    assert "bands: hot 70, warm 40 -> hot 60, warm 40" in whole.changes
    later = made().grid
    assert later.version == SIGNED
    assert points(later, SIGNED) == points(NEW, LEARNED_ON)
    assert points(later, BEFORE) == points(OLD, BEFORE)


@pytest.mark.parametrize(
    ("only", "expected", "told"),
    [
        ("demo_request", (30, 6), ["points +50 -> +30", "fading half-life of 60 days -> half-life of 6 days"]),
        ("demo_request.points", (30, 60), ["points +50 -> +30"]),
        ("demo_request.half_life", (50, 6), ["fading half-life of 60 days -> half-life of 6 days"]),
    ],
)  # fmt: skip
def test_points_and_half_life_of_a_criterion_are_signed_each_on_its_own(only, expected, told):
    signed = made(only)
    assert signed.changes == tuple(f"demo_request: {each}" for each in told)
    found = {r.id: (r.points, r.decay.days) for r in dated(signed.grid, SIGNED).rules}
    assert found.pop("demo_request_20260628") == expected
    assert found == {r.id: (r.points, r.decay.days) for r in OLD.rules if r.id != "demo_request"}
    assert signed.grid.bands == OLD.bands


def test_either_name_of_a_part_takes_all_of_it():
    assert made("industry").grid.rules == made("target_sector").grid.rules
    both = made("demo_request.points", "demo_request.half_life").grid
    assert both.rules == made("demo_request").grid.rules


@pytest.mark.parametrize("only", [(), ("demo_request",), ("target_sector", "bands")])
def test_taken_back_the_old_points_hold_again_and_the_days_between_keep_theirs(only):
    signed = made(*only).grid
    back = brought_back(OLD, signed, day=LATER, file="x").grid
    assert back.version == LATER
    assert points(back, LATER) == points(OLD, LATER)
    assert points(back, date(2026, 7, 9)) == points(signed, date(2026, 7, 9))
    assert points(back, BEFORE) == points(OLD, BEFORE)
    assert back.bands == OLD.bands


def test_taken_back_on_the_same_day_it_never_was_in_force():
    back = brought_back(OLD, made().grid, day=SIGNED, file="x").grid
    assert back.rules == OLD.rules
    assert back.version > SIGNED


def test_two_decisions_are_taken_back_one_after_the_other():
    first = made("demo_request").grid
    day = date(2026, 7, 5)
    second = made("pricing_view", day=day, old=first, new=learned(first, day=day)).grid
    once = brought_back(first, second, day=LATER, file="x").grid
    assert points(once, LATER) == points(first, LATER)
    twice = brought_back(OLD, once, day=date(2026, 7, 20), file="x").grid
    assert points(twice, date(2026, 7, 20)) == points(OLD, SIGNED)
    assert points(twice, LATER) == points(first, LATER)


def test_a_rule_that_comes_back_is_in_the_reach_of_its_limit():
    limit = Limit(rules=["demo_request", "pricing_view"], points=55)
    old = OLD.model_copy(update={"limits": [limit]})
    signed = made("demo_request", old=old, new=learned(old)).grid
    back = brought_back(old, signed, day=LATER, file="x").grid
    assert back.limits[0].rules == ["demo_request", "pricing_view", "demo_request_20260710"]
