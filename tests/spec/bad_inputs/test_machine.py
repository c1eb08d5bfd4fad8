"""Bad inputs 124 to 126, 129 and 130: full, read-only and killed; every disk and signal here is a real one."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest

from benchmarks import score_kills
from benchmarks.registry_kills import small
from leadscore.adapters import disk, issued_rows, nights
from leadscore.adapters import issued as partitions
from leadscore.adapters.catalog import Workspace
from leadscore.stages import score
from tests.bad_inputs import stops
from tests.end_to_end.project import leadscore
from tests.fakes import ROOT
from tests.nights import COMMAND, arguments_of, content_of, night, ready

DROPPED = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--")
"""Let an administrator be bound by the modes of files."""
STRANGE_DISK = """
import json, subprocess, sys
from pathlib import Path
from benchmarks.registry_kills import small
from leadscore.adapters import disk
from leadscore.adapters.catalog import Workspace
from leadscore.domain.errors import LeadscoreError
from leadscore.stages import score
root, place, told = Path(sys.argv[1]), Path(sys.argv[1]) / "data/issued", {}
def scored(name):
    try:
        score.run(Workspace(root, Path(sys.argv[2])), small())
        told[name] = "scored"
    except LeadscoreError as error:
        told[name] = [error.code, error.exit_code, str(error)]
    told[name + " left"] = sorted(str(p.relative_to(place)) for p in place.rglob("*") if p.is_file())
place.mkdir()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20k", "none", str(place)], check=True)
scored("before the work")
disk.TWICE = 0
scored("in the middle")
subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True)
scored("after room was made")
for path in sorted(place.glob("*/*/*")): path.unlink()
subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
scored("read only")
print(json.dumps(told))
"""
KILLED_AT = """
import os, signal, sys
from pathlib import Path
from benchmarks.registry_kills import small
from leadscore.adapters.catalog import Workspace
from leadscore.stages import score
root, at, seen = Path(sys.argv[1]), int(sys.argv[3]), 0
def count(event, arguments):
    global seen
    if event.split(".")[0] in ("open", "os", "shutil", "tempfile", "fcntl") and any(
        f"{root}/data/{name}" in str(a) for a in arguments for name in ("issued", "shadow", ".score")
    ):
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
settings = small().model_copy(update={"leads_at_once": int(sys.argv[4])})
score.run(Workspace(root, Path(sys.argv[2])), settings)
print(seen)
"""
SHARDS = [250_000, 150]
"""Leads that a night takes at once: all of them, and a part."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return ready(tmp_path_factory.mktemp("machine") / "project")


@pytest.fixture(scope="module")
def expected(made, tmp_path_factory):
    """Return the bytes of an undisturbed night."""
    root = shutil.copytree(made, tmp_path_factory.mktemp("undisturbed") / "project")
    scored(root)
    return content_of(root)


@pytest.fixture
def root(made, tmp_path):
    return shutil.copytree(made, tmp_path / "project")


def scored(root, at_once=SHARDS[0]):
    settings = small().model_copy(update={"leads_at_once": at_once})
    return score.run(Workspace(root, ROOT), settings)


def in_python(text, *arguments, before=()):
    return subprocess.run(
        [*before, sys.executable, "-c", text, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@contextmanager
def files_up_to(n_bytes):
    """Let no file grow beyond some bytes: the system refuses the rest with EFBIG."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="module")
def strange_disks(made, tmp_path_factory):
    """Return what came of nights whose scores go to a disk of 20 kB, and to one that may only be read."""
    root = shutil.copytree(made, tmp_path_factory.mktemp("strange") / "project")
    inside = (
        ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    )
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            [*inside, "mount", "-t", "tmpfs", "none", str(root)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("this system lets nobody mount a disk of their own")
    done = in_python(STRANGE_DISK, root, ROOT, before=inside)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_124_a_disk_that_is_too_small_is_told_before_the_work(strange_disks):
    code, exit_code, line = strange_disks["before the work"]
    assert (code, exit_code) == ("disk-full", 2)
    assert "0.72 MB are needed here (twice what is expected), 0.02 MB are free" in line
    assert strange_disks["before the work left"] == []


def test_124_a_disk_that_gets_full_in_the_middle_leaves_nothing_and_the_next_run_ends(
    strange_disks,
):
    code, exit_code, line = strange_disks["in the middle"]
    assert (code, exit_code) == ("disk-refused", 2)
    assert "No space left on device" in line
    assert strange_disks["in the middle left"] == []
    assert strange_disks["after room was made"] == "scored"
    assert len(strange_disks["after room was made left"]) == 3


@pytest.mark.parametrize("at_once", SHARDS)
def test_124_no_file_too_large_at_any_write_point_leaves_a_half_partition(root, expected, at_once):
    """The limit moves through every file, so that each write is refused once."""
    largest = max(len(content) for content in expected.values())
    limits = [0, 100, 300, 600, *np.linspace(1_000, largest - 1, 6).astype(int)]
    for limit in limits:
        with files_up_to(int(limit)):
            error = stops("disk-refused", scored, root, at_once)
        assert "File too large" in str(error)
        assert content_of(root) == {}
    scored(root)
    assert content_of(root) == expected


def test_124_the_estimate_of_the_room_is_above_what_is_written(expected):
    written = sum(len(content) for path, content in expected.items() if "issued" in path)
    n_open = json.loads(next(c for p, c in expected.items() if "MANIFEST" in p))["counts"]["open"]
    assert 0.2 < written / n_open / partitions._BYTES_PER_LEAD < disk.TWICE


@pytest.mark.parametrize("at_once", SHARDS)
def test_125_killed_at_every_touch_of_the_disk_the_next_run_is_as_if_nothing_had_been(
    root, expected, at_once
):
    done = in_python(KILLED_AT, root, ROOT, 0, at_once)
    n_steps = int(done.stdout)
    assert n_steps >= 20
    for at in np.unique(np.linspace(1, n_steps, 5).astype(int)):
        score_kills.clear(root)
        done = in_python(KILLED_AT, root, ROOT, at, at_once)
        assert done.returncode == -signal.SIGKILL, done.stderr
        visible = [p.parent for p in root.glob("data/*/as_of=*/run=*/*.parquet")]
        assert all(partitions.is_whole(p, shadow="shadow" in str(p)) for p in visible)
        scored(root, at_once)
        assert content_of(root) == expected
        assert not list((root / "data").glob(".score*"))


@pytest.mark.parametrize("at_once", [None, 150])
def test_125_killed_at_random_moments_the_next_run_is_as_if_nothing_had_been(root, at_once):
    """Six kills by the system of the command line; `make prove` kills 200 nights of 200,000 leads."""
    kills, faults, run = score_kills.struck(
        root, n_kills=6, seed=3, kills_a_night=6, is_warm=True, at_once=at_once
    )
    assert faults == []
    inside = [kill for kill in kills if not kill.ended_before]
    assert len(inside) >= 4
    spread = [kill.seconds for kill in kills if not kill.in_writing]
    assert max(spread) - min(spread) > 0.4 * run.seconds


def test_126_a_disk_that_may_only_be_read_is_told_before_the_work(strange_disks):
    code, exit_code, line = strange_disks["read only"]
    assert (code, exit_code) == ("disk-refused", 2)
    assert "Read-only file system" in line


@pytest.mark.parametrize("folder", ["data", "data/issued"])
def test_126_a_folder_nobody_may_write_to_stops_before_the_work(root, folder):
    (root / "data/issued").mkdir()
    (root / folder).chmod(0o555)
    bound = DROPPED if os.geteuid() == 0 else ()
    if bound and shutil.which(bound[0]) is None:
        pytest.skip("an administrator may write everywhere, and there is no setpriv here")
    ended = night(root, before=bound)
    (root / folder).chmod(0o755)
    assert ended.returncode == 2, ended.stderr
    assert "disk-refused: Permission denied" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert content_of(root) == {}


def test_126_a_file_in_the_place_of_the_scores_stops_before_the_work(root, monkeypatch):
    (root / "data/issued").write_text("x")
    monkeypatch.setattr(nights.WholeNight, "onto", None)
    stops("folder-in-use", scored, root)


def test_129_too_little_memory_to_begin_is_one_line(root):
    ended = night(root, before=("sh", "-c", 'ulimit -v 300000 && exec "$@"', "sh"))
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.startswith("leadscore: out-of-memory: ")
    assert len(ended.stderr.splitlines()) == 1
    assert content_of(root) == {}


def test_129_memory_that_runs_out_in_the_middle_is_one_line_and_leaves_nothing(root, monkeypatch):
    monkeypatch.setattr(nights.WholeNight, "onto", lambda *_, **__: np.empty(2**45))
    ended = leadscore(root, "--config", str(ROOT), "score")
    assert (ended.code, content_of(root)) == (2, {})
    assert "out-of-memory" in ended.err
    assert "ulimit -v" in ended.err


def test_130_a_run_asked_to_end_exits_143_and_leaves_nothing(root):
    with subprocess.Popen(
        [*COMMAND, *arguments_of(root)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        while not (root / "data/.score.demo.lock").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        err = process.communicate(timeout=30)[1]
    assert process.returncode == 143
    assert err == "leadscore: stopped; nothing is half written\n"
    assert content_of(root) == {}
    assert not list((root / "data").glob(".score*"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_130_asked_to_end_while_it_writes_a_run_takes_back_what_it_wrote(
    root, expected, monkeypatch, number, code
):
    """The signal comes when one file is there and the next is begun."""
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(issued_rows, "to_csv", lambda *_, **__: os.kill(os.getpid(), number))
        ended = leadscore(root, "--config", str(ROOT), "score")
    assert ended.code == code
    assert content_of(root) == {}
    scored(root)
    assert content_of(root) == expected
