"""Bad inputs 131 and 133 to 139: stores that fail, clocks that jump, nights that were missed, foreign scores."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time

import pandas as pd
import pytest

from benchmarks.registry_kills import small
from leadscore.adapters import issued as partitions
from leadscore.adapters import tracking
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.issued import inputs_of, newest
from leadscore.stages import score
from tests.bad_inputs import stops
from tests.fakes import ROOT, utc
from tests.nights import content_of, night

HOUR = 3_600


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a trained project with a champion, whose copy lies there."""
    from benchmarks.scored_worlds import trained_world

    home = trained_world(tmp_path_factory.mktemp("operation") / "project", n_leads=600)
    return home.root


@pytest.fixture
def home(made, tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return Workspace(shutil.copytree(made, tmp_path / "project"), ROOT)


def scored(home, as_of=None):
    return score.run(home, small(), as_of=as_of)


def without_copy(home):
    """Lose the champion's copy and the training it came from."""
    shutil.rmtree(home.folders["registry"])
    shutil.rmtree(home.folders["bundle"])


def champion_of(folder):
    return inputs_of(folder)["champion"]


@pytest.mark.parametrize("spoil", ["damaged", "of another program", "locked"])
def test_131_a_store_that_cannot_be_read_costs_no_night(home, spoil):
    """MLflow's SQLite file: the champion's copy scores; a lost copy stops with the ways out."""
    store = home.root / "mlflow.db"
    if spoil == "damaged":
        store.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    with sqlite3.connect(":memory:" if spoil == "damaged" else store) as other:
        if spoil != "damaged":
            other.execute("CREATE TABLE odd (a)")
            other.commit()
        if spoil == "locked":
            other.execute("BEGIN EXCLUSIVE")
        assert champion_of(scored(home))
        without_copy(home)
        began = time.monotonic()
        error = stops("champion-lost", scored, home, utc("2026-03-02"))
        assert time.monotonic() - began < 60  # ten of waiting, MLflow's import, a busy machine
    other.close()
    assert "leadscore rollback" in error.fix


@pytest.mark.parametrize("uri", ["http://registry.invalid:5000", "https://127.0.0.1:9"])
def test_133_a_name_or_server_that_is_not_there_costs_no_night(home, monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert champion_of(scored(home))
    without_copy(home)
    error = stops("champion-lost", scored, home, utc("2026-03-02"))
    assert "start MLflow and score again" in error.fix


@pytest.mark.parametrize("jump", [-26 * HOUR, 26 * HOUR])
def test_134_a_clock_that_jumps_while_waiting_neither_ends_nor_prolongs_it(monkeypatch, jump):
    now, asked = time.time, []

    def jumping():
        asked.append(1)
        return now() + jump * len(asked)

    monkeypatch.setattr(time, "time", jumping)
    began = time.monotonic()
    assert tracking.within(5.0, lambda: time.sleep(0.3) or "answered") == "answered"
    with pytest.raises(Exception, match="(?i)second|time"):
        tracking.within(0.3, lambda: time.sleep(1.0))
    assert time.monotonic() - began < 4


def test_134_a_clock_that_jumps_changes_no_byte(home, monkeypatch):
    scored(home)
    expected = content_of(home.root)
    shutil.rmtree(home.folders["issued"])
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 400 * 24 * HOUR)
    scored(home)
    assert content_of(home.root) == expected


def test_135_after_missed_nights_the_next_run_scores_its_own_day_only(home):
    until = home.observed_until()
    scored(home, until - pd.Timedelta(days=9))
    scored(home)
    days = sorted(path.name for path in home.folders["issued"].iterdir())
    assert days == [f"as_of={until - pd.Timedelta(days=9):%Y-%m-%d}", f"as_of={until:%Y-%m-%d}"]


def test_136_an_old_date_scored_again_is_kept_and_is_not_the_newest(home):
    last = scored(home)
    old = scored(home, home.observed_until() - pd.Timedelta(days=30))
    assert partitions.is_whole(old)
    assert newest(home.folders["issued"]) == last
    stops("clock-behind", partitions.refuse_earlier, old, as_of=utc("2026-01-01"), is_forced=False)


def test_137_scores_of_another_source_in_the_same_place_stop(home):
    scored(home)
    before = content_of(home.root)
    source = small().source.model_copy(update={"name": "bank"})
    place = (str(home.folders["issued"]), None, None)
    other = small().model_copy(update={"source": source})
    error = stops("other-source", score.run, home, other, place=place)
    assert "of demo, these would be of bank" in str(error)
    assert content_of(home.root) == before


def test_138_a_full_disk_for_what_is_told_costs_no_night(home):
    with open("/dev/full", "w") as full:  # noqa: PTH123  # a device, not a path of the project
        ended = night(home.root, stdout=full)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert partitions.is_whole(newest(home.folders["issued"]))


def test_139_neither_language_nor_time_zone_nor_encoding_of_the_machine_changes_a_byte(home):
    """A night of summer time, at 02:30 in Paris, when clocks go back in autumn or skip in spring."""
    moments = ("2026-03-29T01:30:00Z", "2025-10-26T00:30:00Z", "2025-12-31T23:59:59Z")
    machines = (
        {"TZ": "Europe/Paris", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONHASHSEED": "1"},
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
    )
    for moment in moments:
        scored(home, pd.Timestamp(moment))
    expected = content_of(home.root)
    assert len({path.split("/")[2] for path in expected}) == 3
    for machine in machines:
        shutil.rmtree(home.folders["issued"])
        ended = nights_of_small(home, moments, machine)
        assert ended.returncode == 0, ended.stderr
        assert content_of(home.root) == expected


def nights_of_small(home, moments, machine):
    """Score by the settings the nights here were scored by, in a new process with another environment."""
    text = (
        "import sys, pandas as pd; from pathlib import Path; from benchmarks.registry_kills import small\n"
        "from leadscore.adapters.catalog import Workspace; from leadscore.stages import score\n"
        "home = Workspace(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "for moment in sys.argv[3:]: score.run(home, small(), as_of=pd.Timestamp(moment))"
    )
    inherited = {k: v for k, v in os.environ.items() if k not in ("TZ", "LC_ALL", "LANG")}
    return subprocess.run(
        [sys.executable, "-c", text, str(home.root), str(ROOT), *moments],
        env=inherited | machine, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
