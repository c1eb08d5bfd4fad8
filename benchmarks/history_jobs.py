"""One job of the history benchmark: a way, a size, dates. Each is measured in a process of its own.

A worker warms up on a sample (compiled loops, imports), then measures: CPU of all its threads, user
and system, and wall time from opening the files to the last column; peak memory is the process's.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from benchmarks.history_asked import Looks, asked_types, bar_columns, dates, declared_columns
from benchmarks.history_data import ROOT, Histories, Prefix
from benchmarks.history_ours import consumed, read_only
from benchmarks.history_peers import PEERS, THREADS, Question, counted
from leadscore.adapters.events.event_files import EventFile
from leadscore.adapters.events.event_sort import UnsortedEventFile
from leadscore.history.log import EventSource

_BYTES_A_UNIT = 1 if sys.platform == "darwin" else 1024
_POOLS = ("OMP_NUM_THREADS", "POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "ARROW_IO_THREADS")


@dataclass(frozen=True)
class Job:
    """What is measured.

    Parameters
    ----------
    way
        ``limit``, ``kernel``, or a name of `PEERS`.
    prefix
        Which prefix of the histories.
    order
        The file's: ``lead`` or ``time``.
    columns
        ``bar`` (72) or ``declared``.
    also_closed
        Look at all leads created so far, not at the open ones alone.
    """

    way: str
    prefix: int
    order: str = "lead"
    n_dates: int = 12
    columns: str = "bar"
    also_closed: bool = False


@dataclass(frozen=True)
class Result:
    """What came out: seconds, bytes, and the sum of every column, to compare with others."""

    job: Job
    n_events: int
    n_looks: int
    cpu: float
    wall: float
    rss: int
    sums: dict[str, float]


def measured(job: Job, histories: Histories, sample: Histories) -> Result:
    """Run a job in a process of its own and return what it measured."""
    told = [asdict(job), _as_plain(histories), _as_plain(sample)]
    done = subprocess.run(
        [sys.executable, "-m", __name__, json.dumps(told)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | dict.fromkeys(_POOLS, str(THREADS)),
    )
    if done.returncode:
        raise RuntimeError(f"{job} failed:\n{done.stderr}")
    found = json.loads(done.stdout)
    return Result(**{**found, "job": Job(**found["job"])})


def run(job: Job, histories: Histories) -> tuple[int, dict[str, float]]:
    """Do the job; return how many looks there were and the sums of the columns."""
    path = (histories.by_lead if job.order == "lead" else histories.by_time)(job.prefix)
    n_leads = histories.prefixes[job.prefix].n_leads
    when = dates(job.n_dates)
    if job.way == "limit":
        return 0, {"rows": float(read_only(path))}
    if job.way in PEERS:
        asked = Question(path, histories.leads, n_leads, asked_types(), when, job.also_closed)
        return counted(PEERS[job.way](asked))
    looks = Looks.read(histories.leads, n_leads, when, also_closed=job.also_closed)
    columns = bar_columns() if job.columns == "bar" else declared_columns()
    told = consumed(_source(job, path), looks, columns)
    return told.n_looks, told.sums


def _source(job: Job, path: Path) -> EventSource:
    needed = frozenset[str]() if job.columns == "bar" else frozenset({"subject", "value"})
    if job.order == "lead":
        return EventFile(path, columns=needed)
    return UnsortedEventFile(path, columns=needed)


def _worker(told: str) -> None:
    job_told, histories_told, sample_told = json.loads(told)
    job, histories, sample = Job(**job_told), _read(histories_told), _read(sample_told)
    pa.set_cpu_count(THREADS)
    run(Job(**{**asdict(job), "prefix": 0}), sample)
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    n_looks, sums = run(job, histories)
    after, ended = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    n_events = histories.prefixes[job.prefix].n_events
    found = Result(job, n_events, n_looks, cpu, ended - began, _peak(after.ru_maxrss), sums)
    print(json.dumps(asdict(found)))


def _peak(ru_maxrss: int) -> int:
    """Return the most memory this process held, in bytes.

    On Linux `ru_maxrss` begins with the parent's; the kernel's own mark begins with the process.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) * 1024
    return ru_maxrss * _BYTES_A_UNIT


def _as_plain(histories: Histories) -> dict[str, object]:
    return {
        "folder": str(histories.folder.absolute()),
        "prefixes": [asdict(prefix) for prefix in histories.prefixes],
    }


def _read(told: dict[str, list[dict[str, int]]]) -> Histories:
    return Histories(Path(str(told["folder"])), tuple(Prefix(**p) for p in told["prefixes"]))


if __name__ == "__main__":
    _worker(sys.argv[1])
