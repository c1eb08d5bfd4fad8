"""Bad inputs 141 to 150: proposals that may not be signed, decisions edited, raced for or killed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from leadscore.adapters.appending import alone
from leadscore.adapters.approving import read_proposal
from leadscore.adapters.grid_approving import is_of_grid, read_grid_proposal
from leadscore.cli.decisions import _day
from tests.bad_inputs import is_clear, stops
from tests.end_to_end.project import edit, leadscore
from tests.fakes import ROOT
from tests.signoffs import (
    PROPOSAL,
    approved,
    decisions_file,
    ids,
    in_force,
    propose,
    reverted,
    trained_project,
)

BUSY, KILLED = 75, -9
ARGUMENTS = ("--by", "Ann", "--reason", "a test", "--on", "2026-07-01")


@pytest.fixture
def home(tmp_path):
    return trained_project(tmp_path / "project")


def untouched(home, code, acting, *arguments, **keys):
    """Assert that something stops and that no decision was added; return the error."""
    file = decisions_file(home)
    before = file.read_bytes()
    error = stops(code, acting, *arguments, **keys)
    assert file.read_bytes() == before
    return error


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"proposed": 70.0', '"proposed": 40.0'),
        ('"n_won": 40', '"n_won": 400'),
        ('"sentence": "A test."', '"sentence": NaN'),
        (
            '"hot": {',
            '"hot": {"proposed": 99.0,',
        ),  # a key twice: readers differ in which one counts
        ("\n}", "\n}\n"),
    ],
)
def test_168_an_edited_proposal_stops(home, old, new):
    path = propose(home, hot=70)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    error = untouched(home, "edited-proposal", approved, home, path)
    is_clear(error, "edited-proposal", file=str(path), column="proposal_sha256")
    assert "leadscore review" in error.fix


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad-json"),
        ("[]", "bad-proposal"),
        ("{}", "bad-proposal"),
        (None, "missing-file"),
    ],
)
def test_168_a_file_that_is_no_proposal_stops(home, text, code):
    path = propose(home, hot=70)
    if text is None:
        path.unlink()
    else:
        path.write_text(text, "utf-8")
    assert str(untouched(home, code, approved, home, path).file) == str(path)


def test_168_a_proposal_of_a_grid_is_not_signed_as_one_of_thresholds(home):
    path = home.root / "config/grids/combined.yaml"
    assert is_of_grid(path)
    error = untouched(home, "grid-proposal", read_grid_proposal, path)
    assert "leadscore grid learn" in error.fix


def test_168_a_proposal_that_does_not_say_what_it_rests_on_stops(home):
    path = propose(home, hot=70)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"basis": None}), "utf-8")
    assert "basis" in str(untouched(home, "bad-proposal", approved, home, path))


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ("models/evidence/evidence.parquet", "basis.evidence_sha256"),
        ("models/bundle/manifest.json", "basis.bundle_sha256"),
        ("config/grids/combined.yaml", "basis.grids"),
    ],
)
def test_169_a_proposal_whose_data_model_or_grid_changed_since_stops(home, file, field):
    path = propose(home, hot=70)
    with (home.root / file).open("a", encoding="utf-8") as stream:
        stream.write("\n")
    error = untouched(home, "stale-proposal", approved, home, path)
    is_clear(error, "stale-proposal", file=str(path), column=field)
    assert file in error.message


def test_169_a_proposal_whose_settings_changed_since_stops(home):
    path = propose(home, hot=70)
    edit(home.root, call_cost_eur="700")
    error = untouched(home, "stale-proposal", approved, home, path)
    assert error.column == "thresholds.call_cost_eur"
    assert "params.yaml" in error.message


def test_169_a_proposal_made_under_another_decision_stops(home):
    old = propose(home, hot=70).read_bytes()
    approved(home, propose(home, hot=72))
    path = home.root / PROPOSAL
    path.write_bytes(old)
    error = untouched(home, "stale-proposal", approved, home, path)
    assert error.column == "basis.decision_id"
    assert "was 0001, is 0002" in error.message


def test_170_a_proposal_of_no_change_stops(home):
    error = untouched(home, "no-change", approved, home, propose(home), exit_code=4)
    assert "hot stays at 65, warm stays at 50" in str(error)


def test_170_the_threshold_that_does_not_move_is_not_approved_alone(home):
    path = propose(home, hot=70)
    error = untouched(home, "no-change", approved, home, path, only="warm", exit_code=4)
    assert "approve hot" in error.fix
    crossing = propose(home, hot=45, warm=40)
    error = untouched(home, "thresholds-crossed", approved, home, crossing, only="hot")
    assert "without --only" in error.fix


def test_171_an_approved_proposal_stops_also_after_it_was_taken_back(home):
    path = propose(home, hot=70, warm=55)
    approved(home, path, only="hot")
    error = untouched(home, "already-approved", approved, home, path, only="warm")
    assert "as decision 0002 by Ann on 2026-07-01" in error.message
    reverted(home)
    error = untouched(home, "already-approved", approved, home, path)
    assert "which decision 0003 by Bob took back" in error.message
    approved(home, propose(home, hot=70))  # a new look may say the same again
    assert in_force(home) == ("0004", 70, 50)


def test_172_a_proposal_of_another_source_stops(home):
    path = propose(home, hot=70)
    edit(home.root, name="maven_crm")
    error = untouched(home, "other-source", approved, home, path)
    assert error.column == "basis.source"
    assert "demo" in error.message


@pytest.mark.parametrize("blank", [{"by": " "}, {"reason": ""}])
def test_173_a_decision_without_name_or_reason_stops(home, blank):
    path = propose(home, hot=70)
    untouched(home, "not-signed", approved, home, path, **blank)
    untouched(home, "not-signed", reverted, home, **blank)


def test_173_a_day_that_is_none_or_lies_before_the_last_decision_stops(home):
    stops("bad-date", _day, "1 July")
    path = propose(home, hot=70)
    error = untouched(home, "day-goes-back", approved, home, path, on="2023-12-31")
    assert "2024-01-01" in error.fix


def test_174_of_two_approvals_at_once_one_wins(home):
    """Two real processes, started together: whatever their order, one decision is added."""
    propose(home, hot=70)
    program = str(Path(sys.executable).with_name("leadscore"))
    both = [
        subprocess.Popen(
            [program, "approve", PROPOSAL, *ARGUMENTS],
            cwd=home.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    told = {each: each.communicate()[1] for each in both}
    winner, loser = sorted(both, key=lambda each: each.returncode)
    assert (winner.returncode, told[winner]) == (0, "")
    assert (loser.returncode, told[loser].count("\n")) in ((2, 1), (BUSY, 1)), told
    assert "already-approved" in told[loser] or "decision-at-work" in told[loser]
    assert ids(home) == ["0001", "0002"]


def test_174_while_another_one_decides_an_approval_stops(home):
    path = propose(home, hot=70)
    with alone(home.config / "config/.decisions.lock", code="x", busy="x"):
        error = untouched(home, "decision-at-work", approved, home, path, exit_code=BUSY)
        untouched(home, "decision-at-work", reverted, home, exit_code=BUSY)
    assert "wait" in error.fix
    assert approved(home, path).decision.id == "0002"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"hot: 65", b"hot: 45", "bad-decisions"),
        (b"by:", b"bye:", "bad-decisions"),
        (b'"0001"', b'"1"', "bad-decisions"),
        (b"decisions:", b"decisions: [", "bad-yaml"),
        (b"project", b"\xff\xfe", "bad-encoding"),
    ],
)
def test_175_decisions_that_cannot_be_read_stop_and_stay(home, old, new, code):
    path, file = propose(home, hot=70), decisions_file(home)
    file.write_bytes(file.read_bytes().replace(old, new))
    for acting in (lambda: approved(home, path), lambda: reverted(home)):
        assert str(untouched(home, code, acting).file) == str(file)


@pytest.mark.parametrize(
    ("reverts", "hot", "told"),
    [("0001", 65, "was not the one to take back"), ("0002", 64, "does not bring the thresholds")],
)
def test_175_a_reversal_written_by_hand_that_takes_back_something_else_stops(
    home, reverts, hot, told
):
    path, file = propose(home, hot=70), decisions_file(home)
    approved(home, path)
    reverted(home)
    text = file.read_text("utf-8").replace('reverts: "0002"', f'reverts: "{reverts}"')
    head, last = text.rsplit("hot: 65", 1)
    file.write_text(f"{head}hot: {hot}{last}", "utf-8")
    assert told in str(untouched(home, "bad-decisions", reverted, home))


def test_175_a_list_in_brackets_is_not_added_to(home):
    file = decisions_file(home)
    file.write_text("decisions: []\n", "utf-8")
    error = untouched(home, "not-appended", approved, home, propose(home, hot=70))
    is_clear(error, "not-appended", file=str(file))


@pytest.mark.parametrize("end", ["\n", "", "\r\n", "\n# signed in the meeting of June\n"])
def test_175_lines_comments_and_line_ends_written_by_hand_stay_byte_for_byte(home, end):
    file = decisions_file(home)
    text = file.read_text("utf-8").rstrip("\n")
    by_hand = text.replace("\n", "\r\n" if end == "\r\n" else "\n") + end
    file.write_bytes(by_hand.encode())
    approved(home, propose(home, hot=70), reason='says "yes": é\n# no comment')
    assert file.read_bytes().startswith(by_hand.encode())
    assert in_force(home) == ("0002", 70, 50)


def test_175_a_list_begun_without_indentation_is_added_to(home):
    file = decisions_file(home)
    lines = file.read_text("utf-8").replace("\n  - ", "\n- ").replace("\n    ", "\n  ")
    file.write_text(lines, "utf-8")
    approved(home, propose(home, hot=70))
    assert in_force(home) == ("0002", 70, 50)


KILLING = """
import os, pathlib, signal, sys
from leadscore.cli import main

step, real = sys.argv.pop(1), {}
def struck(owner, name, after):
    real[name] = getattr(owner, name)
    def call(*arguments):
        if after:
            real[name](*arguments)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(owner, name, call)

if step == "written":
    struck(os, "fsync", False)
else:
    struck(pathlib.Path, "replace", step == "renamed")
main()
"""


@pytest.mark.parametrize(
    ("step", "is_new"), [("written", False), ("before the rename", False), ("renamed", True)]
)
def test_176_killed_at_any_step_the_old_or_the_new_list_is_there(home, step, is_new):
    propose(home, hot=70)
    file = decisions_file(home)
    before = file.read_bytes()
    command = [sys.executable, "-c", KILLING, step, "approve", PROPOSAL, *ARGUMENTS]
    done = subprocess.run(command, cwd=home.root, capture_output=True, text=True, check=False)
    assert done.returncode == KILLED, done
    if is_new:
        assert file.read_bytes().startswith(before)
        assert in_force(home) == ("0002", 70, 50)
    else:
        assert file.read_bytes() == before
        assert leadscore(home.root, "approve", str(home.root / PROPOSAL), *ARGUMENTS).code == 0
        assert ids(home) == ["0001", "0002"]
    left = [p.name for p in file.parent.glob(".decisions*")]
    assert left == [".decisions.lock"]


def test_177_where_nothing_is_to_be_taken_back_a_reversal_stops(home):
    """The first decision of the demo has the settings' own thresholds: taking it back would change none."""
    error = untouched(home, "nothing-to-revert", reverted, home)
    assert "leadscore decisions" in error.fix
    approved(home, propose(home, hot=70))
    reverted(home)
    untouched(home, "nothing-to-revert", reverted, home)
    decisions_file(home).unlink()
    stops("nothing-to-revert", reverted, home)
    assert not decisions_file(home).exists()


def test_the_shipped_list_is_what_these_tests_begin_with(home):
    assert decisions_file(home).read_bytes() == (ROOT / "config/decisions.yaml").read_bytes()
    assert read_proposal(propose(home, hot=70)).basis.quarter == "2026Q2"
