"""The shipped grids on leads that a salesperson can read: tests/spec/grids/*.yaml."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.history.demographics import derive
from leadscore.history.kernel import Sweep
from leadscore.scoring.grid import evaluate, parse_grid, reasons_in_words, tiers
from tests.tables import log_and_moments, times

ROOT = Path(__file__).parents[2]
GRIDS = {
    path.stem: parse_grid(load_yaml(path), file=path)
    for path in sorted((ROOT / "config/grids").glob("*.yaml"))
}
SHEETS = [load_yaml(path) for path in sorted((ROOT / "tests/spec/grids").glob("*.yaml"))]
CASES = [(sheet["grid"], case) for sheet in SHEETS for case in sheet["cases"]]
EVENT = re.compile(r"(\d{4}-\d\d-\d\d(?: \d\d:\d\d)?) (\w+)(?: (.+))?")
DEMO = ("guide_a", "guide_b", "guide_c", "combined")
TEXTS = ("job_title", "industry", "country", "email_domain")


def _read(line):
    found = EVENT.fullmatch(line)
    assert found, f"an event is written 'DATE [TIME] type [subject]', got {line!r}"
    return ("lead", *found.groups())


def _score(name, case):
    day, created = times([case["day"]]), times([case["created"]])
    unknown = set(case["lead"]) - {*TEXTS, "employees"}
    assert not unknown, f"unknown properties {unknown}"
    lead = {text: pd.Series([case["lead"].get(text)], dtype="str") for text in TEXTS}
    lead["employees"] = pd.Series([case["lead"].get("employees", np.nan)], dtype="float64")
    age = (day - created) / pd.Timedelta(days=1)
    sweep = Sweep(
        *log_and_moments([_read(line) for line in case["events"]], [("lead", case["day"])])
    )
    return evaluate(GRIDS[name], derive(pd.DataFrame(lead)).assign(age_days=age), sweep)


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{n}: {c['claim']}" for n, c in CASES])
def test_a_lead_gets_the_points_on_its_sheet(name, case):
    score = _score(name, case)
    given = {rule: p for rule, p in zip(score.rule_ids, score.trace[0], strict=True) if p}
    assert given == pytest.approx(case["points"])
    assert score.points[0] == pytest.approx(case["total"])
    assert tiers(GRIDS[name], score.points).tolist() == [case["tier"]]
    assert score.disqualified.tolist() == [case.get("disqualified", False)]
    assert score.cell.tolist() == [case.get("cell", score.cell[0])]
    assert score.not_evaluable == {}


@pytest.mark.parametrize("sheet", SHEETS, ids=[sheet["grid"] for sheet in SHEETS])
def test_every_criterion_is_shown_by_some_lead(sheet):
    shown = {rule for case in sheet["cases"] for rule in case["points"]}
    grid = GRIDS[sheet["grid"]]
    assert shown == {rule.id for rule in grid.rules}
    stopped = {
        grid.disqualifiers[i].id
        for case in sheet["cases"]
        for i in np.flatnonzero(_score(sheet["grid"], case).stopped_by[0])
    }
    assert stopped == {stop.id for stop in grid.disqualifiers}


@pytest.mark.parametrize(
    ("name", "hot", "warm", "points"),
    [
        ("guide_a", 80, 40, [20, 15, 25, 10, 10, 15, 5, 10, 20, 50, 25]),
        ("guide_b", 70, None, [15, 20]),
        ("guide_c", 60, 30, [10, 15, 10]),
    ],
)
def test_the_guides_figures_are_kept_to_the_letter(name, hot, warm, points):
    grid = GRIDS[name]
    assert (grid.bands.hot, grid.bands.warm) == (hot, warm)
    positive = sorted(rule.points for rule in grid.rules if rule.points > 0)
    assert positive == sorted(points)


def test_the_default_grid_has_at_most_eight_criteria():
    assert len(GRIDS["combined"].rules) <= 8


@pytest.mark.parametrize("name", GRIDS)
def test_every_criterion_reads_in_two_languages(name):
    grid = GRIDS[name]
    assert grid.name == name
    trace = [rule.points for rule in grid.rules]
    for language in ("en", "fr"):
        told = [text for side in reasons_in_words(grid, trace, language=language) for text in side]
        assert len(set(told)) == len(grid.rules)


@pytest.mark.parametrize("name", GRIDS)
def test_every_criterion_can_be_judged_on_the_source_it_is_written_for(name):
    """Property and event names are those of config/sources; the guides speak of the demo."""
    source = load_yaml(ROOT / f"config/sources/{name if name not in DEMO else 'demo'}.yaml")
    columns = [
        column
        for file in source["files"].values()
        for table in (file, *file.get("lookups", []))
        for column in table["columns"].values()
        if not column.get("excluded")
    ]
    known = {column["name"] for column in columns if "name" in column}
    kinds = [event["type"] for event in source.get("events", {}).values()]
    table = derive(pd.DataFrame({name: pd.Series([], dtype="str") for name in known}))
    sweep = Sweep(*log_and_moments([], [])) if kinds else None
    score = evaluate(GRIDS[name], _typed(table, columns), sweep, known_types=kinds)
    assert score.not_evaluable == {}


def _typed(table, columns):
    numbers = [c["name"] for c in columns if c.get("kind") in ("number", "flag")]
    return table.astype(dict.fromkeys(numbers, "float64")).assign(age_days=pd.Series(dtype=float))
