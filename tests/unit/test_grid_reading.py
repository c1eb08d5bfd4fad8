"""What a grid file may not say, and how the fault is told."""

import copy

import pytest

from leadscore.domain.errors import InputError
from leadscore.scoring.grid import parse_grid, to_plain

PLAIN = {
    "grid": "tiny",
    "version": "2026-01-01",
    "owner": "sales",
    "description": "a test",
    "bands": {"hot": 60, "warm": 30},
    "caps": {"fit": 20},
    "cells": {"fit": {"A": 20, "B": 10}, "engagement": {"1": 20, "2": 10}},
    "rules": [
        {
            "id": "sector",
            "words": {"en": "Target sector", "fr": "Secteur cible"},
            "group": "fit",
            "points": 30,
            "when": {"property": "industry", "in": ["Software"]},
            "owner": "sales",
            "reason": "a test",
        },
        {
            "id": "demo",
            "words": {"en": "Demo", "fr": "Démo"},
            "group": "engagement",
            "points": 50,
            "when": {"all": [{"event": "demo_request"}, {"not": {"inactive_days": 30}}]},
            "decay": {"kind": "linear", "days": 60},
            "owner": "sales",
            "reason": "a test",
        },
    ],
}


def _at(number, *keys):
    return ["rules", number, *keys]


def _changed(path, value):
    plain = copy.deepcopy(PLAIN)
    place = plain
    for part in path[:-1]:
        place = place[part]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return plain


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (["treshold"], 3, "treshold unknown-key: unknown key; known: bands"),
        (["band"], {}, "band unknown-key: unknown key; did you mean 'bands'?"),
        (["owner"], ..., "owner missing-key: key is missing"),
        (["version"], "2026-13-01", "version bad-value: .*valid date, got '2026-13-01'"),
        (
            ["bands"],
            {"hot": 30, "warm": 30},
            r"bands thresholds-reversed: hot \(30\) must be above",
        ),
        (["bands", "hot"], 60.5, "bands.hot bad-value: expected a whole number, got 60.5"),
        (["caps", "fits"], 3, "caps.fits unknown-key: unknown key; did you mean 'fit'?"),
        (["cells", "fit", "A"], 5, r"cells.fit bad-value: A \(5\) must be above B \(10\)"),
        (["cells", "engagement", "1"], 5, r"cells.engagement bad-value: 1 \(5\) must be above 2"),
        (["rules"], [], "rules bad-value"),
        (
            _at(0, "points"),
            "10",
            "rules.sector.points bad-value: expected a whole number, got '10'",
        ),
        (
            _at(0, "points"),
            True,
            "rules.sector.points bad-value: expected a whole number, got True",
        ),
        (_at(0, "points"), 0, "rules.sector bad-value: points must not be 0"),
        (_at(0, "group"), "fitt", "rules.sector.group bad-value: got 'fitt'; did you mean 'fit'?"),
        (_at(0, "wen"), {}, "rules.sector.wen unknown-key: unknown key; did you mean 'when'?"),
        (_at(0, "words", "fr"), ..., "rules.sector.words.fr missing-key"),
        (_at(0, "id"), "Target Sector", "rules.Target Sector.id bad-value"),
        (_at(1, "id"), "sector", "rules.sector.id duplicate-id: two criteria are called 'sector'"),
        (_at(0, "from"), "2026-02-30", "rules.sector.from bad-value"),
        (
            _at(1, "points"),
            5,
            "bands.hot unreachable-hot: the rules in force reach 25 points, hot is 60",
        ),
        (["excerpt"], "not needed", "excerpt unreachable-hot: .* only for them"),
        (_at(1, "decay", "kind"), "linera", "rules.demo.decay.kind bad-value.*'linear'"),
        (_at(1, "decay", "days"), ..., "rules.demo.decay bad-value: decay needs `days`"),
        (
            _at(0, "decay"),
            {"kind": "step", "days": 3},
            "rules.sector bad-value: decay needs an event",
        ),
        (
            _at(0, "each_time"),
            {"max": 3},
            "rules.sector bad-value: each_time needs exactly one event",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(path, value, told):
    with pytest.raises(InputError, match=rf"^g\.yaml[: ]{told}"):
        parse_grid(_changed(path, value), file="g.yaml")


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("industry", "when bad-condition: a condition is a map with exactly one of the keys"),
        ({"event": "call", "property": "x"}, "when bad-condition"),
        ({"industry": "Software"}, "when bad-condition"),
        ({"property": "x", "eqals": "a"}, "when.eqals unknown-key: .*did you mean 'equals'?"),
        ({"property": "x"}, "when bad-value: needs exactly one of equals, in"),
        ({"property": "x", "equals": 1, "at_most": 2}, "when bad-value: .*got 2"),
        ({"property": "x", "between": [5, 1]}, "when bad-value: between: 5 is above 1"),
        ({"property": "x", "between": [5]}, "when.between bad-value"),
        ({"event": []}, "when.event bad-value"),
        ({"event": "call", "at_least": 0}, "when.at_least bad-value"),
        ({"event": "call", "within_days": -7}, "when.within_days bad-value"),
        ({"event": "call", "apart_minutes": 30}, "when bad-value: apart_minutes is for repeated"),
        ({"all": [{"not": {"evnt": "call"}}]}, "when.all.1.not bad-condition"),
        ({"any": [{"event": "call", "subjct": "a"}]}, "when.any.1.subjct unknown-key: .*'subject'"),
    ],
)
def test_a_fault_in_a_condition_is_told_with_its_place(when, told):
    with pytest.raises(InputError, match=rf"^g\.yaml:rules\.sector\.{told}"):
        parse_grid(_changed(_at(0, "when"), when), file="g.yaml")


@pytest.mark.parametrize("raw", [None, {}, [], "grid", 3])
def test_a_file_that_is_no_map_is_refused(raw):
    with pytest.raises(InputError, match="g.yaml empty-grid: expected a map"):
        parse_grid(raw, file="g.yaml")


def test_all_faults_are_told_at_once_and_the_first_has_its_line():
    plain = _changed(_at(0, "points"), 1.5)
    plain["rules"][1]["grupp"] = "fit"
    lines = {("rules", 0): 10, ("rules", 0, "points"): 13, ("rules", 1, "grupp"): 20}
    told = r"^g\.yaml:13:rules\.sector\.points .*got 1\.5; rules\.demo\.grupp: unknown key"
    with pytest.raises(InputError, match=told):
        parse_grid(plain, file="g.yaml", lines=lines)
    told = (
        r"^g\.yaml:13:5 bad-value: rules\.sector\.points: .*1\.5; 20:7 rules\.demo\.grupp: unknown"
    )
    columns = {("rules", 0, "points"): 5, ("rules", 1, "grupp"): 7}
    with pytest.raises(InputError, match=told):
        parse_grid(plain, file="g.yaml", lines=lines, columns=columns)


def test_faults_between_parts_of_a_grid_are_told_together():
    plain = _changed(_at(1, "id"), "sector") | {"limits": [{"rules": ["demoo"], "points": 5}]}
    told = "two criteria are called 'sector'; limits.1.rules: no rule is called 'demoo'; "
    with pytest.raises(InputError, match=told):
        parse_grid(plain, file="g.yaml")


def test_half_life_each_time_takes_no_window():
    rule = PLAIN["rules"][1] | {
        "when": {"event": "call", "within_days": 7},
        "each_time": {"max": 3},
        "decay": {"kind": "half_life", "days": 7},
    }
    with pytest.raises(InputError, match="forgets by itself"):
        parse_grid(_changed(["rules", 1], rule), file="g.yaml")


def test_a_grid_survives_the_way_to_plain_and_back():
    grid = parse_grid(PLAIN, file="g.yaml")
    assert parse_grid(to_plain(grid), file="copy") == grid


def test_reach_counts_caps_and_each_time():
    plain = _changed(_at(1, "each_time"), {"max": 2})
    assert parse_grid(PLAIN, file="g.yaml").reach == 20 + 50  # fit is capped at 20
    assert parse_grid(plain, file="g.yaml").reach == 100  # 20 + 2 * 50, clipped
