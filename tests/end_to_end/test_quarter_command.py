"""`leadscore review --quarter` at the command line: what it says, what it writes, and what it refuses."""

import json
import re
import shutil

import pytest

from tests.end_to_end.project import leadscore, project, simulated, tree

NIGHTS = ("2026-01-05", "2026-02-02", "2026-03-30", "2026-06-08")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return a project that trained, and scored on four dates of two quarters."""
    root = project(tmp_path_factory.mktemp("project") / "here")
    simulated(root, n_leads=700)
    for verb in ("ingest", "snapshot", "train", "evaluate"):
        assert leadscore(root, verb).code == 0
    for day in NIGHTS:
        assert leadscore(root, "score", "--as-of", day).code == 0
    return root


@pytest.fixture
def root(ran, tmp_path):
    return shutil.copytree(ran, tmp_path / "here")


def reviewed(root, *options):
    """Return what a review that ends well prints."""
    ended = leadscore(root, "review", *options)
    assert (ended.code, ended.err) == (0, "")
    return ended.out


def tables(root, quarter):
    return json.loads((root / "reports/quarters" / quarter / "tables.json").read_text("utf-8"))


@pytest.mark.parametrize("spelt", ["2026Q1", "2026-Q1"])
def test_a_quarter_is_told_and_written_under_one_spelling(root, spelt):
    said = reviewed(root, "--quarter", spelt)
    counts = tables(root, "2026Q1")["counts"]
    assert counts["matured"] == counts["leads"] > 100
    leads = f"{counts['leads']} leads, {counts['matured']} matured, 0 waiting"
    assert f"review: 2026Q1, issued: {leads}" in said
    assert "review: reports/quarters/2026Q1/report.html" in said.replace(f"{root}/", "")
    assert [path.name for path in (root / "reports/quarters").iterdir()] == ["2026Q1"]
    proposal = json.loads((root / "reports/quarters/2026Q1/proposal.json").read_text("utf-8"))
    assert proposal["basis"]["quarter"] == "2026Q2"
    assert not (root / "reports/review").exists()


def test_the_terminal_shows_conversion_by_inactivity_beside_the_grids_days(root):
    said = reviewed(root, "--quarter", "2026Q1")
    rows = tables(root, "2026Q1")["tables"]["inactivity"]["rows"]
    assert "Conversion by days since the lead's last own action (scores really issued)" in said
    for line in rows:
        if line["figure"] == "conversion":
            assert re.search(rf"{line['level']} .*{line['n_counted']} of {line['n_leads']}", said)
    plain = " ".join(said.split())
    assert "demo_request 60 days" in plain
    assert "inactive_30_days 30 days" in plain
    measured = [line for line in rows if line["figure"] == "conversion"]
    known = [line for line in measured if line["value"] is not None]
    assert known
    assert all(line["low"] <= line["value"] <= line["high"] for line in known)


def test_a_quarter_without_a_matured_outcome_waits_and_says_until_when(root):
    said = reviewed(root, "--quarter", "2026Q2")
    counts = tables(root, "2026Q2")["counts"]
    assert counts["matured"] == 0
    assert f"{counts['leads']} leads, 0 matured, {counts['waiting']} waiting" in said
    assert "note: No score of 2026Q2 has matured; the first does on 2026-09-06" in said


def test_out_of_time_the_training_stands_in_and_that_is_said(root):
    said = reviewed(root, "--quarter", "2025-Q4", "--out-of-time")
    assert "review: 2025Q4, out of time: " in said
    assert "(NOT issued: out-of-time scores of the training)" in said
    assert tables(root, "2025Q4")["basis"] == "out of time"


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--quarter", "2026Q5"), "bad-quarter", "got '2026Q5'"),
        (("--quarter", "Q1-2026"), "bad-quarter", "write it like 2026Q3"),
        (("--quarter", ""), "bad-quarter", "got ''"),
        (("--quarter", "2025-Q2"), "no-issued-scores", "no scores issued in 2025Q2; there are some from 2026-01-05"),
        (("--quarter", "2027Q1"), "quarter-to-come", "2027Q1 begins on 2027-01-01"),
        (("--out-of-time",), "option-alone", "--out-of-time says nothing without a quarter"),
        (("--quarter", "2024Q1", "--out-of-time"), "no-issued-scores", "had not seen in 2024Q1; there are"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_with_code_and_mend_and_changes_nothing(ran, options, code, words):
    before = tree(ran)
    ended = leadscore(ran, "review", *options)
    assert (ended.code, ended.out) == (2, "")
    (line,) = ended.err.splitlines()
    assert line.startswith("leadscore: ")
    assert f" {code}: " in line
    assert words in line
    assert " — " in line
    assert tree(ran) == before
