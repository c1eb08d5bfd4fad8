"""The shipped grids on leads that a salesperson can read: config/grids/checks/*.yaml.

The same code runs them as `leadscore grid check`.
"""

import pandas as pd
import pytest

from leadscore.adapters.config.grids import read_grid
from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.adapters.grids import read_sheet
from leadscore.history.demographics import derive
from leadscore.history.kernel import Sweep
from leadscore.scoring.grid import evaluate
from leadscore.scoring.grid.checks import run_sheet
from tests.fakes import ROOT
from tests.reasons_reference import told_of_grid
from tests.tables import log_and_moments

GRIDS = {path.stem: read_grid(path) for path in sorted((ROOT / "config/grids").glob("*.yaml"))}
SHEETS = {
    path.stem: read_sheet(path) for path in sorted((ROOT / "config/grids/checks").glob("*.yaml"))
}
DEMO = ("guide_a", "guide_b", "guide_c", "combined")
CHECKED = {name: run_sheet(GRIDS[sheet.grid], sheet) for name, sheet in SHEETS.items()}
CASES = [(name, result) for name, checked in CHECKED.items() for result in checked.results]


@pytest.mark.parametrize(("name", "result"), CASES, ids=[f"{n}: {r.claim}" for n, r in CASES])
def test_a_lead_gets_the_points_on_its_sheet(name, result):
    assert result.differs == (), name


@pytest.mark.parametrize("name", CHECKED)
def test_every_criterion_is_shown_by_some_lead(name):
    assert CHECKED[name].unshown == ()


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_is_called_like_its_grid_and_says_every_points(name):
    assert SHEETS[name].grid == name
    assert all(case.points is not None for case in SHEETS[name].cases)


def test_the_guides_and_the_default_have_a_sheet():
    assert set(DEMO) <= set(SHEETS)


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
        told = [text for side in told_of_grid(grid, trace, language=language) for text in side]
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
