"""What a million leads cost, with exact reasons: ``python -m benchmarks.scorer``.

Writes docs/benchmarks/scorer.md; exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality.bars import line
from benchmarks.real_sets import ROOT
from benchmarks.scorer import workspace
from benchmarks.scorer.nights import Night, last, measured
from benchmarks.scorer.page import bars, page
from benchmarks.scorer.sums import sums_of
from benchmarks.scorer.trees import KINDS, compared

SIZES = (1_000, 100_000, 300_000, 1_000_000, 10_000_000)
SUMMED = 100_000


def _night(folder: Path, n_leads: int) -> Night:
    """Make a night's tables, score it, and say what it took."""
    made, size = workspace.night(folder, workspace.taught(folder), n_leads)
    print(f"bench: {size.n_leads:,} leads, {size.n_events:,} events ...", file=sys.stderr)
    night = measured(made)
    print(
        f"bench: CPU {night.cpu:.1f} s, wall {night.wall:.1f} s, {night.rss / 1e9:.2f} GB",
        file=sys.stderr,
    )
    return night


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the page, say the bars."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scorer", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "data/bench/scorer")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/benchmarks")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=list(SIZES), help="leads of the nights"
    )
    parser.add_argument(
        "--taken",
        type=int,
        nargs="*",
        default=[],
        help="nights taken from the last run that measured them",
    )
    parser.add_argument("--date", default="", help="when it was measured, for the page")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    trees = [compared(kind) for kind in KINDS]
    for one in trees:
        for rate in one.rates:
            print(
                f"bench: {one.kind}, {rate.way}: {rate.rows_per_second:,.0f} rows a second",
                file=sys.stderr,
            )
    _night(asked.folder, min(asked.sizes))  # what is compiled once a machine is no night's cost
    nights = [_night(asked.folder, n) for n in sorted(asked.sizes)]
    base = workspace.taught(asked.folder)
    nights += [last(workspace.night(asked.folder, base, n)[0]) for n in sorted(asked.taken)]
    summed, _ = workspace.night(
        asked.folder, workspace.taught(asked.folder), min(SUMMED, max(asked.sizes))
    )
    sums = sums_of(summed)
    judged = bars(trees, nights, sums)
    told = [line(holds, words) for holds, words in judged]
    (asked.out / "scorer.md").write_text(
        page(trees, nights, sums, told, asked.date, taken=asked.taken), encoding="utf-8"
    )
    print("\n".join(told))
    return 0 if all(holds for holds, _ in judged) else 1


if __name__ == "__main__":
    raise SystemExit(main())
