"""What it costs to say of a million leads, at many dates, what they had done by then.

One run measures the limit (reading three columns), the kernel on files sorted by lead and on files
ordered by time, and the same columns by DuckDB, Polars and pandas; it prints a table and the bars,
and writes docs/benchmarks. It ends with 1 if a bar does not hold or two ways disagree.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import history_report as report
from benchmarks.history_agree import differing, sample_of
from benchmarks.history_bars import Figures, bars, disagreements
from benchmarks.history_data import ROOT, Histories, prepared
from benchmarks.history_jobs import Job, Result, measured
from benchmarks.history_peers import PEERS

PEERS_PREFIX = 0
"""Prefix at which the peers are measured: 5 M events, the slowest need a minute."""


def jobs(largest: int) -> list[Job]:
    """Return what is measured in every round: the limit and ours."""
    sizes = range(largest + 1)
    return [
        *(Job("limit", i) for i in sizes),
        Job("limit", largest, order="time"),
        *(Job("kernel", i) for i in sizes),
        *(Job("kernel", i, order="time") for i in sizes),
        Job("kernel", largest, n_dates=1),
        Job("kernel", largest, n_dates=104),
        Job("kernel", largest, also_closed=True),
        Job("kernel", largest, columns="declared"),
        Job("kernel", PEERS_PREFIX, n_dates=1),
    ]


def once(largest: int) -> list[Job]:
    """Return what is measured once: others, and our longest."""
    return [
        *(Job(peer, PEERS_PREFIX, n_dates=n) for peer in PEERS for n in (1, 12)),
        *(Job(peer, min(1, largest)) for peer in ("duckdb_per_type", "polars")),
        Job("kernel", largest, n_dates=104, columns="declared"),
    ]


def run(histories: Histories, *, rounds: int) -> list[Result]:
    """Check on a sample that all agree, then measure every job."""
    with tempfile.TemporaryDirectory() as folder:
        sample = sample_of(histories, Path(folder))
        different = differing(sample, names=tuple(PEERS))
        print(f"cells that differ from the kernel's, of 2,000 leads: {different}", file=sys.stderr)
        if any(different.values()):
            raise AssertionError(f"peers say something else than the kernel: {different}")
        largest = len(histories.prefixes) - 1
        results: list[Result] = []
        for turn in range(rounds):
            for job in [*jobs(largest), *(once(largest) if turn == 0 else [])]:
                results.append(measured(job, histories, sample))
                print(f"bench: {job} CPU {results[-1].cpu:.2f} s", file=sys.stderr)
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; return 1 if a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "data/bench/history")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/benchmarks")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--date", default="", help="when it was measured, for the page")
    asked = parser.parse_args(arguments)
    histories = prepared(asked.folder)
    results = run(histories, rounds=asked.rounds)
    figures = Figures(results)
    held = bars(figures, largest=len(histories.prefixes) - 1, peers=PEERS_PREFIX)
    faults = disagreements(results)
    asked.out.mkdir(parents=True, exist_ok=True)
    report.write(asked.out, figures, held, date=asked.date)
    print(report.table(figures))
    print("\n".join(str(bar) for bar in held))
    print("\n".join(f"FAIL  {fault}" for fault in faults))
    return int(bool(faults) or not all(bar.holds for bar in held))


if __name__ == "__main__":
    raise SystemExit(main())
