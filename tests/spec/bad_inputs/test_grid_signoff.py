"""Bad inputs 178 to 184, 191 to 195: proposals for a grid not to be signed, raced for, killed, not to be taken back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from leadscore.adapters.appending import alone
from leadscore.adapters.config.grids import read_grid
from leadscore.adapters.decisions import all_signed
from leadscore.cli.decisions import _tier
from tests.bad_inputs import is_clear, stops
from tests.end_to_end.project import edit, leadscore, tree
from tests.grid_signoffs import (
    GRID,
    grid_approved,
    grid_of,
    grid_reverted,
    learned,
    project_with_grid,
    propose_grid,
)
from tests.signoffs import approved, propose, reverted

BUSY, KILLED = 75, -9
SIGN = ("--by", "Ann", "--reason", "a test", "--on", "2026-07-01")


@pytest.fixture
def home(tmp_path):
    return project_with_grid(tmp_path / "project")


def untouched(home, code, acting, *arguments, **keys):
    """Assert that something stops and that neither a decision nor a grid changed; return the error."""
    before = tree(home.config / "config")
    error = stops(code, acting, *arguments, **keys)
    assert signs(tree(home.config / "config")) == signs(before)
    return error


def signs(files):
    return {name: text for name, text in files.items() if not name.endswith(".lock")}


@pytest.mark.parametrize(
    ("ending", "old", "new"),
    [
        (".yaml", "points: 30", "points: 40"),
        (".md", "in parts", "in  parts"),
        (".json", '"decision_id": "0001"', '"decision_id": "0002"'),
        (".json", "\n}\n", "\n}\n\n"),
    ],
)
def test_178_an_edited_proposal_for_a_grid_stops(home, ending, old, new):
    path = propose_grid(home)
    file = path.with_suffix(ending)
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    error = untouched(home, "edited-proposal", grid_approved, home, path)
    is_clear(error, "edited-proposal", file=str(file), column="proposal_sha256")
    assert "leadscore grid learn" in error.fix


@pytest.mark.parametrize(
    ("ending", "text", "code"),
    [
        (".json", None, "grid-proposal"),
        (".json", "{", "bad-json"),
        (".json", "{}", "bad-proposal"),
        (".yaml", None, "missing-file"),
        (".md", None, "missing-file"),
    ],
)
def test_179_a_grid_without_what_it_rests_on_stops(home, ending, text, code):
    path = propose_grid(home)
    file = path.with_suffix(ending)
    file.unlink()
    if text is not None:
        file.write_text(text, "utf-8")
    untouched(home, code, grid_approved, home, path)


@pytest.mark.parametrize("ending", [".json", ".md"])
def test_179_a_proposed_grid_is_not_written_where_what_lies_beside_it_shall(home, ending):
    path = f"config/grids/proposals/new{ending}"
    untouched(home, "bad-ending", propose_grid, home, path=path)


@pytest.mark.parametrize("ending", [".yml", ""])
def test_a_proposal_of_any_other_ending_is_signed(home, ending):
    path = propose_grid(home, path=f"config/grids/proposals/new{ending}")
    assert grid_approved(home, path, only=("bands",)).changes == [
        "bands: hot 70, warm 40 -> hot 60, warm 40"
    ]


@pytest.mark.parametrize(
    ("file", "field"),
    [
        (GRID, "basis.grid_sha256"),
        ("data/snapshots/snapshots.parquet", "basis.snapshots_sha256"),
    ],
)
def test_180_a_proposal_whose_grid_or_data_changed_since_stops(home, file, field):
    path = propose_grid(home)
    with (home.root / file).open("a", encoding="utf-8") as stream:
        stream.write("\n")
    error = untouched(home, "stale-proposal", grid_approved, home, path)
    is_clear(error, "stale-proposal", file=str(path), column=field)
    assert file in error.message


def test_180_a_proposal_whose_settings_or_thresholds_changed_since_stops(home):
    path = propose_grid(home)
    edit(home.root, max_criteria="7")
    assert untouched(home, "stale-proposal", grid_approved, home, path).column == (
        "grid.learn.max_criteria"
    )
    edit(home.root, max_criteria="8")
    approved(home, propose(home, hot=70))
    error = untouched(home, "stale-proposal", grid_approved, home, path)
    assert "basis.decision_id was 0001, is 0002" in error.message


@pytest.mark.parametrize(
    ("only", "told"),
    [
        ("demo_requst", "did you mean 'demo_request'?"),
        ("demo_request.words", "changes no such part"),
        ("pricing_view.half_life", "its half-life stays as it is"),
        ("industry.points", "its rules come and go together"),
        ("cells", "stay as they are"),
    ],
)
def test_181_a_part_that_the_proposal_does_not_have_stops(home, only, told):
    error = untouched(home, "unknown-part", grid_approved, home, propose_grid(home), only=(only,))
    assert told in str(error)
    assert "demo_request.half_life" in error.fix


def test_181_a_grid_s_part_of_a_proposal_of_thresholds_stops():
    stops("unknown-part", _tier, ["demo_request"], Path("proposal.json"))
    assert _tier(["hot", "warm"], Path("proposal.json")) is None


def test_182_parts_that_alone_make_no_grid_stop(home):
    """50 for who it is and 20 for what it does just reach hot at 70; a point for the industry does not, but 50."""
    file = home.config / GRID
    file.write_text(file.read_text("utf-8").replace("engagement: 70}", "engagement: 20}"), "utf-8")
    new = learned(grid_of(home))
    rules = [r.model_copy(update={"points": 1}) if r.id.startswith("industry") else r for r in new.rules]  # fmt: skip
    bands = new.bands.model_copy(update={"hot": 50})
    path = propose_grid(home, new=new.model_copy(update={"rules": rules, "bands": bands}))
    error = untouched(home, "unreachable-hot", grid_approved, home, path, only=("industry",))
    assert "hot is 70" in str(error)
    grid_approved(home, path, only=("industry", "bands"))


def test_183_an_approved_proposal_stops_also_in_other_parts_and_after_it_was_taken_back(home):
    path = propose_grid(home)
    grid_approved(home, path, only=("demo_request",))
    error = untouched(home, "already-approved", grid_approved, home, path, only=("bands",))
    assert "as decision 0002 by Ann on 2026-07-01" in error.message
    grid_reverted(home)
    error = untouched(home, "already-approved", grid_approved, home, path)
    assert "which decision 0003 by Bob took back" in error.message


def test_184_a_proposal_for_a_grid_that_is_not_in_force_or_of_another_source_stops(home):
    path = propose_grid(home)
    edit(home.root, file="config/grids/guide_a.yaml")
    assert "combined.yaml" in str(untouched(home, "other-grid", grid_approved, home, path))
    edit(home.root, file=GRID, name="maven_crm")
    untouched(home, "other-source", grid_approved, home, path)


def test_184_a_proposed_grid_with_the_points_in_force_stops(home):
    path = propose_grid(home, new=grid_of(home))
    untouched(home, "no-change", grid_approved, home, path, exit_code=4)


def test_191_of_two_approvals_of_a_grid_at_once_one_wins(home):
    """Two real processes, started together: whatever their order, one decision is added."""
    path = propose_grid(home)
    program = str(Path(sys.executable).with_name("leadscore"))
    both = [
        subprocess.Popen(
            [program, "approve", str(path), *SIGN],
            cwd=home.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    told = {each: each.communicate()[1] for each in both}
    winner, loser = sorted(both, key=lambda each: each.returncode)
    assert (winner.returncode, told[winner]) == (0, "")
    assert loser.returncode in (2, BUSY), told
    assert "already-approved" in told[loser] or "decision-at-work" in told[loser]
    assert [each.id for each in all_signed(home.config)] == ["0001", "0002"]


def test_191_while_another_one_decides_an_approval_of_a_grid_stops(home):
    path = propose_grid(home)
    with alone(home.config / "config/.decisions.lock", code="x", busy="x"):
        untouched(home, "decision-at-work", grid_approved, home, path, exit_code=BUSY)
        untouched(home, "decision-at-work", grid_reverted, home, exit_code=BUSY)
    assert grid_approved(home, path).id == "0002"


KILLING = """
import os, pathlib, signal, sys
from leadscore.cli import main

name, nth, after = sys.argv.pop(1), int(sys.argv.pop(1)), sys.argv.pop(1) == "after"
owner = {"replace": pathlib.Path, "unlink": pathlib.Path}[name]
real, count = getattr(owner, name), 0
def struck(*arguments, **keys):
    global count
    count += 1
    if count == nth and not after:
        os.kill(os.getpid(), signal.SIGKILL)
    real(*arguments, **keys)
    if count == nth and after:
        os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, struck)
main()
"""
STEPS = [
    ("replace 1 after", False),  # the old version is kept
    ("replace 2 after", False),  # the note is there
    ("replace 3 before", False),  # the line is about to be there
    ("replace 3 after", True),
    ("replace 4 before", True),  # the grid is about to be there
    ("unlink 1 before", True),
]


@pytest.mark.parametrize(("step", "is_new"), STEPS)
def test_192_killed_at_any_step_grid_and_decision_are_both_there_or_neither(home, step, is_new):
    """The next command, whichever it is, ends what the killed one began."""
    path, file = propose_grid(home), home.config / GRID
    before = file.read_bytes()
    command = [sys.executable, "-c", KILLING, *step.split(), "approve", str(path), *SIGN]
    done = subprocess.run(command, cwd=home.root, capture_output=True, text=True, check=False)
    assert done.returncode == KILLED, done
    assert leadscore(home.root, "decisions").code == 0
    signed = [each.id for each in all_signed(home.config)]
    assert signed == (["0001", "0002"] if is_new else ["0001"])
    assert (file.read_bytes() != before) == is_new
    left = sorted(p.name for p in (home.config / "config").glob(".decisions*.json"))
    assert left == []
    if is_new:
        grid_reverted(home)
    else:
        assert leadscore(home.root, "approve", str(path), *SIGN).code == 0
    assert read_grid(file).version.isoformat() >= "2026-07-01"


def test_193_a_day_before_the_export_or_the_last_decision_stops(home):
    path = propose_grid(home)
    error = untouched(home, "day-goes-back", grid_approved, home, path, on="2026-06-27")
    assert "2026-06-28" in error.fix
    grid_approved(home, path)
    error = untouched(home, "day-goes-back", grid_reverted, home, on="2026-06-30")
    assert "decision 0002 (2026-07-01)" in error.message
    untouched(home, "not-signed", grid_reverted, home, by=" ")


def test_194_a_grid_that_was_edited_since_is_not_taken_back(home):
    decision = grid_approved(home, propose_grid(home))
    file, kept = home.config / GRID, home.config / decision.kept
    written = file.read_bytes()
    file.write_bytes(written + b"# by hand\n")
    error = untouched(home, "edited-grid", grid_reverted, home)
    is_clear(error, "edited-grid", file=str(file))
    file.write_bytes(written)
    old = kept.read_bytes()
    kept.write_bytes(old + b"\n")
    assert "was edited" in str(untouched(home, "kept-version-lost", grid_reverted, home))
    kept.unlink()
    assert "is not there" in str(untouched(home, "kept-version-lost", grid_reverted, home))
    kept.write_bytes(old)
    grid_reverted(home)
    untouched(home, "nothing-to-revert", grid_reverted, home)


def test_194_a_reversal_of_a_grid_written_by_hand_that_takes_back_something_else_stops(home):
    grid_approved(home, propose_grid(home))
    grid_reverted(home)
    file = home.config / "config/decisions.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace('reverts: "0002"', 'reverts: "0001"'), "utf-8")
    assert "was not the one to take back" in str(untouched(home, "bad-decisions", reverted, home))


def test_195_a_grid_edited_after_its_signature_was_killed_stops_until_somebody_decides(home):
    path, file = propose_grid(home), home.config / GRID
    old = file.read_bytes()
    command = [sys.executable, "-c", KILLING, "replace", "4", "before"]
    subprocess.run(
        [*command, "approve", str(path), *SIGN], cwd=home.root, capture_output=True, check=False
    )
    file.write_bytes(old + b"# by hand\n")
    ended = leadscore(home.root, "decisions")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    stops("half-signed", grid_reverted, home)
    note = json.loads((home.config / "config/.decisions.grid.json").read_text("utf-8"))
    kept = home.config / note["decision"]["kept"]
    assert kept.read_bytes() == old
    file.write_bytes(kept.read_bytes())
    assert leadscore(home.root, "decisions").code == 0
    assert read_grid(file).version.isoformat() == "2026-07-01"
