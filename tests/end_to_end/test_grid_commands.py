"""The grid's verbs at the real command line, on a small simulated CRM."""

import csv
import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.project import leadscore, simulated, tree
from tests.fakes import ROOT

pytestmark = pytest.mark.xdist_group("grid commands")
COMBINED, GUIDE_C = "config/grids/combined.yaml", "config/grids/guide_c.yaml"


def project(root):
    """Return a folder with the project's own settings and configuration, and nothing else."""
    shutil.copytree(ROOT / "config", root / "config")
    shutil.copy(ROOT / "params.yaml", root)
    return root


@pytest.fixture(scope="module")
def ingested(tmp_path_factory):
    root = project(tmp_path_factory.mktemp("grid") / "project")
    simulated(root, n_leads=400)
    assert leadscore(root, "ingest").code == 0
    return root


def grid(root, verb, *arguments):
    """Run a verb that must leave the project as it is."""
    before = tree(root)
    ended = leadscore(root, "grid", verb, *map(str, arguments))
    assert tree(root) == before
    return ended


def test_check_tells_what_holds_and_ends_with_one_line_where_something_does_not(ingested, tmp_path):
    assert "6 of 6 cases hold" in grid(ingested, "check").out
    cases = tmp_path / "cases.yaml"
    text = (ingested / "config/grids/checks/combined.yaml").read_text("utf-8")
    cases.write_text(text.replace("total: 55", "total: 60"), "utf-8")
    failed = grid(ingested, "check", "--cases", cases)
    assert failed.code == 4
    assert "total: expected 60, got 55" in failed.out
    assert "grid-checks-failed: 1 of 6 cases" in failed.err


def test_cases_of_another_grid_are_refused(ingested):
    cases = ingested / "config/grids/checks/guide_a.yaml"
    assert "other-grid" in grid(ingested, "check", "--cases", cases).err


def test_check_needs_no_data(tmp_path):
    root = project(tmp_path / "bare")
    assert grid(root, "check", root / GUIDE_C).code == 0


def test_the_trace_of_a_lead_comes_to_the_points_of_the_replay(ingested, tmp_path):
    out = tmp_path / "points.csv"
    day = ("--as-of", "2025-09-01")
    replayed = grid(ingested, "replay", *day, "--out", out)
    assert replayed.code == 0, replayed.err
    with out.open(encoding="utf-8") as lines:
        best = max(csv.DictReader(lines), key=lambda row: float(row["points"]))
    traced = grid(ingested, "test", best["lead_id"], *day)
    assert traced.code == 0, traced.err
    (total,) = [line for line in traced.out.splitlines() if line.strip().startswith("total")]
    assert float(total.split()[-1]) == round(float(best["points"]), 2)
    assert best["tier"] in traced.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("test", "nobody"), "unknown-lead"),
        (("test", "L0000400", "--as-of", "2024-01-01"), "not-yet-created"),
        (("replay", "--as-of", "2030-01-01"), "after-export"),
        (("replay", "--as-of", "2001-01-01"), "no-open-leads"),
        (("replay", "--as-of", "soon"), "bad-date"),
        (("preview", "config/grids/combine.yaml"), "did you mean"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(ingested, arguments, words):
    ended = grid(ingested, *(a if "/" not in a else ingested / a for a in arguments))
    assert ended.code == 2
    assert words in ended.err
    assert len(ended.err.splitlines()) == 1


def test_preview_counts_every_open_lead_once(ingested):
    ended = grid(ingested, "preview", ingested / GUIDE_C)
    assert ended.code == 0, ended.err
    assert "guide_c of 2026-01-01 tried" in ended.out
    assert "Leads that move most" in ended.out


def test_compare_judges_both_on_the_same_later_looks(ingested):
    ended = grid(ingested, "compare", ingested / COMBINED, ingested / GUIDE_C)
    assert ended.code == 0, ended.err
    for words in ("Later window", "ROC AUC", "Log loss", "Won of the best", "correlation"):
        assert words in ended.out


def test_lint_passes_with_notes_and_fails_with_errors(ingested, tmp_path):
    assert grid(ingested, "lint").code == 0
    bad = tmp_path / "bad.yaml"
    bad.write_text((ingested / COMBINED).read_text("utf-8").replace("domain_class", "domain_klass"))
    ended = grid(ingested, "lint", bad)
    assert ended.code == 2
    assert "did you mean 'domain_class'?" in " ".join(ended.out.split())
    assert "grid-lint: 1 error" in ended.err


def test_lint_without_data_judges_the_text_alone(tmp_path):
    root = project(tmp_path / "bare")
    ended = grid(root, "lint", root / COMBINED)
    assert ended.code == 0, ended.err
    assert "held against no history" in ended.out


def test_an_import_is_a_grid_that_can_be_linted(ingested, tmp_path):
    root = shutil.copytree(ingested, tmp_path / "project")
    export, out = tmp_path / "points.json", root / "config/grids/mautic.yaml"
    action = {"name": "Opens", "type": "email.open", "delta": 5, "isPublished": True}
    export.write_text(json.dumps({"points": [action, {**action, "type": "x.y", "name": "X"}]}))
    ended = leadscore(
        root, "grid", "import", str(export), "--tool", "mautic", "--version", "2026-01-01", "--out", str(out)
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert "left out: X" in ended.err
    assert leadscore(root, "grid", "lint", str(out)).code == 0


@pytest.mark.real
def test_a_source_without_dates_is_traced_tried_and_compared_but_never_replayed(tmp_path):
    raw = Path(os.environ.get("LEADSCORE_REAL_DATA", ROOT.parent / "shared/data")) / "x_education"
    if not raw.is_dir():
        pytest.skip("the real data sets are not here (LEADSCORE_REAL_DATA)")
    root = project(tmp_path / "wide")
    asked = ("--profile", "x_education", "--raw", str(raw))
    assert leadscore(root, *asked, "ingest", "--rejects-ok").code == 0
    own, other = (str(root / f"config/grids/{name}.yaml") for name in ("x_education", "combined"))
    lead = pd.read_parquet(root / "data/tables/leads.parquet")["lead_id"].iloc[0]
    for verb in (("test", lead), ("lint",), ("preview", other), ("compare", own, other)):
        ended = leadscore(root, *asked, "grid", *verb)
        assert ended.code == 0, ended.err
    assert "no-dates" in leadscore(root, *asked, "grid", "replay", "--as-of", "2025-01-01").err
