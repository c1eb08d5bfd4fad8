"""Bad inputs 127 and 128: two runs at once, and a disk without locks."""

import errno
import fcntl
import os
import re
import subprocess
import time

import pytest

from leadscore.adapters import locking
from leadscore.adapters.locking import scoring_alone
from tests.bad_inputs import stops
from tests.nights import COMMAND, arguments_of, asked, holders

BUSY = re.compile(
    r"data/\.score\.demo\.lock score-at-work: process (\d+) has been scoring here since "
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ — wait until it has ended$"
)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path


def entered(root, source="demo"):
    with scoring_alone(root, source):
        return True


def test_127_ten_command_lines_beside_a_run_exit_75_within_two_seconds_and_name_it(root):
    """Seconds of processor: ten at once on a busy machine wait for each other."""
    with holders(1) as (holder,):
        assert asked(holder, root) == "held"
        for started in [
            subprocess.Popen(
                [*COMMAND, *arguments_of(root)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            for _ in range(10)
        ]:
            said = started.stdout.read().decode()
            started.stdout.close()
            _, status, used = os.wait4(started.pid, 0)
            started.returncode = os.waitstatus_to_exitcode(status)
            assert started.returncode == 75
            assert int(BUSY.search(said.strip())[1]) == holder.pid
            assert len(said.splitlines()) == 1
            assert used.ru_utime + used.ru_stime < 2
        assert [p.name for p in (root / "data").iterdir()] == [".score.demo.lock"]


def test_127_of_ten_runs_at_once_one_goes_on(root):
    with holders(10) as processes:
        for process in processes:
            process.stdin.write(f"{root}\n")
        for process in processes:
            process.stdin.flush()
        said = [process.stdout.readline().strip() for process in processes]
    assert sorted(text[:4] for text in said) == ["75 /"] * 9 + ["held"]


def test_127_the_lock_dies_with_its_process(root):
    with holders(2) as (first, second):
        assert asked(first, root) == "held"
        assert asked(second, root).startswith("75 ")
        first.kill()
        first.wait()
        assert asked(second, root) == "held"
        second.kill()
        second.wait()
    assert entered(root)
    assert list((root / "data").iterdir()) == []


def test_127_what_a_killed_run_left_in_the_file_is_no_lock(root):
    (root / "data/.score.demo.lock").write_text("[1, 1]")
    assert entered(root)


def test_127_whoever_waited_for_a_file_that_its_holder_took_away_takes_a_new_one(root, monkeypatch):
    """Between opening the file and locking it, the run before ends and deletes it."""
    flock, lock = fcntl.flock, root / "data/.score.demo.lock"

    def ended_meanwhile(descriptor, how):
        if not hidden:
            hidden.append(1)
            lock.unlink()
        flock(descriptor, how)

    hidden = []
    monkeypatch.setattr(locking.fcntl, "flock", ended_meanwhile)
    with scoring_alone(root, "demo"), holders(1) as (other,):
        assert asked(other, root).startswith("75 ")


def test_127_another_source_and_the_same_thread_may_enter(root):
    with scoring_alone(root, "demo"):
        assert entered(root, "bank")
        assert entered(root)
        with holders(1) as (other,):
            assert asked(other, root).startswith("75 "), "still held after the inner block"


def test_127_where_nothing_was_ingested_no_file_is_made(tmp_path):
    assert entered(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_128_a_disk_without_locks_stops(root, monkeypatch, number):
    """No such disk can be had here: the system's call answers as it would on one."""

    def without(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(locking.fcntl, "flock", without)
    place = (str(root / "data/.score.demo.lock"), None, None)
    error = stops("no-locks", entered, root, place=place)
    assert "two runs could write at once" in str(error)


def test_127_a_reader_is_told_since_when(root):
    with holders(1) as (holder,):
        before = time.time()
        assert asked(holder, root) == "held"
        error = stops("score-at-work", entered, root, exit_code=75)
        assert time.strftime("%Y-%m-%d %H", time.gmtime(before)) in str(error)
