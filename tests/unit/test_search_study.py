"""The study of a search: in order, alike, cut short where hopeless, and going on after a kill."""

import fcntl
import subprocess
import sys

import pytest

from leadscore.domain.errors import BusyError, InputError
from leadscore.domain.settings import Settings
from tests import fakes
from tests.searches import N_FOLDS, Slope, settings, tried

TRIALS = 8


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the trials of a search that nobody stopped."""
    return tried(tmp_path_factory.mktemp("whole"), trials=TRIALS)


def test_the_first_trial_has_the_settings_in_force(whole):
    model = settings(TRIALS).model
    assert whole[0]["values"] == {name: getattr(model, name) for name in whole[0]["values"]}
    assert len(whole[0]["values"]) == 7


def test_a_search_tries_as_often_as_asked_and_never_the_same(whole):
    assert [each["trial"] for each in whole] == list(range(TRIALS))
    assert len({str(each["values"]) for each in whole}) == TRIALS


def test_some_trials_are_pruned_and_these_heard_fewer_folds(whole):
    heard = {
        state: {len(t["fold_losses"]) for t in whole if t["state"] == state}
        for state in ("complete", "pruned")
    }
    assert heard["complete"] == {N_FOLDS}
    assert heard["pruned"] == {2}  # fmt: skip


def test_the_same_data_and_seed_try_the_same_and_a_finished_search_nothing(whole, tmp_path):
    assert tried(tmp_path, trials=TRIALS) == whole
    ground = Slope()
    assert tried(tmp_path, trials=TRIALS, ground=ground) == whole
    assert ground.heard_of == []


def test_more_trials_go_on_where_fewer_ended(whole, tmp_path):
    tried(tmp_path, trials=5)
    ground = Slope()
    assert tried(tmp_path, trials=TRIALS, ground=ground) == whole
    assert len(ground.heard_of) == TRIALS - 5


@pytest.mark.parametrize("folds_heard", [1, 4 * N_FOLDS + 1])
def test_a_search_killed_in_a_trial_ends_as_one_that_was_not(whole, tmp_path, folds_heard):
    command = [sys.executable, "-m", "tests.searches", tmp_path, str(TRIALS), str(folds_heard)]
    killed = subprocess.run(command, cwd=fakes.ROOT, capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr
    ground = Slope()
    assert tried(tmp_path, trials=TRIALS, ground=ground) == whole
    assert len(ground.heard_of) == TRIALS - folds_heard // N_FOLDS


def test_two_searches_at_a_time_are_one_too_many(tmp_path):
    with (tmp_path / "study.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BusyError, match="search-runs"):
            tried(tmp_path, trials=2)


@pytest.mark.parametrize("keeps", [0.0, 0.5])
def test_a_damaged_study_is_named_with_the_mend(tmp_path, keeps):
    tried(tmp_path, trials=2)
    file = tmp_path / "study.db"
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * keeps)] + b"no database" * 500)
    with pytest.raises(InputError, match=r"study\.db damaged-study: .* delete it"):
        tried(tmp_path, trials=2)


@pytest.mark.parametrize(
    ("ranges", "fault"),
    [
        ([("num_leaves", 4, 4, "log")], "low must be below high"),
        ([("reg_lambda", 0, 9, "log")], "has no doublings"),
        ([("num_leaves", 4, 9.5, "log")], "whole numbers"),
        ([("subsample", 0.5, 1.5, "linear")], "subsample must be less than or equal to 1, got 1.5"),
        ([("subsample", 0.5, 1, "linear")] * 2, "name a setting twice"),
        ([], "at least 1 item"),
    ],
)  # fmt: skip
def test_an_impossible_range_is_refused(ranges, fault):
    keys = ("setting", "low", "high", "scale")
    plain = fakes.settings().model_dump(by_alias=True)
    plain["search"]["ranges"] = [dict(zip(keys, each, strict=True)) for each in ranges]
    with pytest.raises(ValueError, match=fault):
        Settings.model_validate(plain)


def test_a_range_is_widened_to_hold_the_setting_in_force():
    (leaves, *_) = fakes.settings().search.ranges
    assert (leaves.holding(2).low, leaves.holding(2).high) == (2, 63)
    assert leaves.holding(0).scale == "linear"
