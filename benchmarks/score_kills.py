"""``leadscore score`` killed at random points: the next run ends with one whole partition of the same bytes.

``python -m benchmarks.score_kills``: 200 kills of a night of 200,000 leads, taken 20,000 at once, so that a killed
night is taken up by the next; ``--kills``, ``--leads`` and ``--at-once`` change that. Exit code 1 if a single claim
fails. An undisturbed run is measured first, of all leads at once: its bytes are the ones expected. The kills are
spread evenly over it, every fourth one over the time in which files are written.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.scored_worlds import ROOT, trained_world
from leadscore.adapters.issued import is_whole
from leadscore.adapters.locking import scoring_alone
from leadscore.domain.errors import LeadscoreError

N_KILLS, N_LEADS, AT_ONCE, KILLS_A_NIGHT = 200, 200_000, 20_000, 4
COMMAND = (sys.executable, "-c", "from leadscore.cli import main; main()")
OUTPUTS = {"issued": False, "shadow": True}
LOOK_EVERY_SECONDS = 0.005
LIMIT_SECONDS = 3_600


@dataclass(frozen=True)
class Undisturbed:
    """How long a run takes, when its first file is begun and its last one done, and its bytes by path."""

    seconds: float
    writing: tuple[float, float]
    content: dict[str, bytes]


@dataclass(frozen=True)
class Kill:
    """A kill: after how many seconds of its run, whether files were being written, whether it came too late."""

    seconds: float
    in_writing: bool
    ended_before: bool
    n_left: int


@dataclass
class Watched:
    """What a reader saw that looked all the time: how often it looked, and every partition that was not whole."""

    n_looks: int = 0
    faults: list[str] = field(default_factory=list)
    moving: threading.Lock = field(default_factory=threading.Lock)


def taken_at_once(root: Path, n_leads: int) -> None:
    """Let the nights of a project take so many leads at once, by a profile of its own."""
    profile = root / "config/profiles/shards.yaml"
    profile.parent.mkdir(parents=True, exist_ok=True)
    profile.write_text(f"leads_at_once: {n_leads}\n", encoding="utf-8")
    shutil.copy(ROOT / "params.yaml", root)
    shutil.copytree(ROOT / "config", root / "config", dirs_exist_ok=True)


def begun(root: Path) -> subprocess.Popen[str]:
    """Begin a night as its users do, in a process group of its own."""
    is_cut = (root / "config/profiles/shards.yaml").exists()
    asked = ("--profile", "shards") if is_cut else ("--config", str(ROOT))
    return subprocess.Popen(
        [*COMMAND, "--root", str(root), *asked, "score"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def fillings(root: Path) -> list[Path]:
    """Return the hidden folders in which partitions are being written, or were left."""
    return [path for name in OUTPUTS for path in root.glob(f"data/{name}/as_of=*/.run=*")]


def undisturbed(root: Path, *, is_warm: bool) -> Undisturbed:
    """Run a night without a kill and measure it; where nothing ran yet, another one before it compiles."""
    for _ in range(1 if is_warm else 2):
        clear(root)
        process, began, times = begun(root), time.monotonic(), []
        while process.poll() is None:
            if fillings(root):
                times.append(time.monotonic() - began)
            time.sleep(LOOK_EVERY_SECONDS)
        seconds = time.monotonic() - began
        out = process.communicate()[0]
        if process.returncode:
            raise AssertionError(f"an undisturbed night ended with {process.returncode}: {out}")
    return Undisturbed(seconds, (min(times), max(times)), content_of(root))


def content_of(root: Path) -> dict[str, bytes]:
    """Return every file below the folders of scores, hidden ones too, with its bytes."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for name in OUTPUTS
        for path in sorted((root / "data" / name).rglob("*"))
        if path.is_file()
    }


def clear(root: Path) -> None:
    """Take all scores away, as if no night had been."""
    for name in OUTPUTS:
        shutil.rmtree(root / "data" / name, ignore_errors=True)


@contextmanager
def watching(root: Path) -> Iterator[Watched]:
    """Look all the time, as a reader of the scores would, at whatever is visible; every partition is whole."""
    watched, ends = Watched(), threading.Event()

    def look() -> None:
        known: set[tuple[str, int, int]] = set()
        while not ends.wait(LOOK_EVERY_SECONDS):
            with watched.moving:
                watched.n_looks += 1
                watched.faults += [
                    told
                    for name, is_shadow in OUTPUTS.items()
                    for folder in root.glob(f"data/{name}/as_of=*/run=*")
                    for told in _unwhole(folder, known, is_shadow=is_shadow)
                ]

    reader = threading.Thread(target=look)
    reader.start()
    try:
        yield watched
    finally:
        ends.set()
        reader.join()


def _unwhole(folder: Path, known: set[tuple[str, int, int]], *, is_shadow: bool) -> list[str]:
    """Return what is wrong with a visible partition; one that was looked at and did not change is not read again."""
    seen = folder.stat()
    key = (folder.name, seen.st_ino, seen.st_mtime_ns)
    if key in known:
        return []
    known.add(key)
    try:
        return [] if is_whole(folder, shadow=is_shadow) else [f"{folder} has no manifest"]
    except LeadscoreError as error:
        return [str(error)]


def killed(root: Path, *, after: float, in_writing: bool) -> Kill:
    """Begin a night and kill it after some seconds, counted from the first file's begin if `in_writing`."""
    process, began = begun(root), time.monotonic()
    try:
        before = set(fillings(root))
        while in_writing and process.poll() is None and not set(fillings(root)) - before:
            pass  # files of a small night are written within milliseconds
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        pass
    seconds, ended = time.monotonic() - began, process.poll() is not None
    if not ended:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=LIMIT_SECONDS)
    return Kill(seconds, in_writing, ended, len(fillings(root)))


def faults_after(root: Path, expected: Undisturbed) -> list[str]:
    """Run a night to its end; return which claims do not hold then."""
    process = begun(root)
    out = process.communicate(timeout=LIMIT_SECONDS)[0]
    faults = [f"exit code {process.returncode}: {out[-500:]}"] if process.returncode else []
    found = content_of(root)
    if set(found) != set(expected.content):
        odd = sorted(set(found) ^ set(expected.content))
        faults.append(f"not exactly the files of one whole partition: {odd[:5]}")
    faults += [
        f"other bytes: {name}"
        for name in sorted(set(found) & set(expected.content))
        if found[name] != expected.content[name]
    ]
    faults += [f"left: {path}" for path in fillings(root)]
    locks = list((root / "data").glob(".score.*.lock"))
    faults += [f"a lock file is left: {lock}" for lock in locks]
    try:
        with scoring_alone(root, "demo"):
            pass
    except LeadscoreError as error:
        faults.append(f"a lock is left: {error}")
    return faults


def struck(
    root: Path,
    *,
    n_kills: int,
    seed: int,
    kills_a_night: int = KILLS_A_NIGHT,
    is_warm: bool = False,
    at_once: int | None = None,
) -> tuple[list[Kill], list[str], Undisturbed]:
    """Kill nights, and let one end after every `kills_a_night`; return kills, faults and the run measured.

    With `at_once` the nights killed take so many leads at once; the one measured takes them all.
    """
    chance, expected = random.Random(seed), undisturbed(root, is_warm=is_warm)
    if at_once is not None:
        taken_at_once(root, at_once)
    write = expected.writing[1] - expected.writing[0]
    kills: list[Kill] = []
    faults: list[str] = []
    places = [(i + chance.random()) / n_kills for i in range(n_kills)]
    chance.shuffle(places)
    clear(root)
    with watching(root) as watched:
        seconds = expected.seconds
        for i, place in enumerate(places):
            in_writing = i % 4 == 3
            while True:
                after = place * (write if in_writing else seconds)
                kills.append(killed(root, after=after, in_writing=in_writing))
                if not kills[-1].ended_before or in_writing:
                    break
                seconds = min(
                    seconds, kills[-1].seconds
                )  # the machine has got faster: strike again
                with watched.moving:
                    clear(root)
            if (i + 1) % kills_a_night == 0 or i + 1 == n_kills:
                told = faults_after(root, expected)
                faults += told
                print(
                    f"{i + 1} kills: {'; '.join(told) or 'whole, same bytes, nothing left'}",
                    flush=True,
                )
                with watched.moving:
                    clear(root)
    faults += watched.faults
    if not watched.n_looks:
        faults.append("nobody looked")
    return kills, faults, expected


def main() -> int:
    """Print what came of the kills; return 1 if a claim fails."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=N_KILLS)
    arguments.add_argument("--leads", type=int, default=N_LEADS)
    arguments.add_argument(
        "--each", type=int, default=KILLS_A_NIGHT, help="kills before a whole run"
    )
    arguments.add_argument("--at-once", type=int, default=AT_ONCE)
    arguments.add_argument("--seed", type=int, default=1)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="kills") as place:
        root = Path(place)
        trained_world(root, n_leads=asked.leads)
        kills, faults, run = struck(
            root,
            n_kills=asked.kills,
            seed=asked.seed,
            kills_a_night=asked.each,
            at_once=asked.at_once,
        )
    inside = [kill for kill in kills if not kill.ended_before]
    print(
        f"{asked.leads:,} leads: an undisturbed night takes {run.seconds:.1f} s and writes from "
        f"{run.writing[0]:.1f} s to {run.writing[1]:.1f} s; {len(inside)} of {len(kills)} kills hit a run, "
        f"after {min(k.seconds for k in inside):.1f} to {max(k.seconds for k in inside):.1f} s, "
        f"{sum(k.n_left > 0 for k in inside)} left a half-written folder; {len(faults)} claims fail"
    )
    for told in faults[:20]:
        print(f"FAILS {told}")
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main())
