"""Measure the model beside its peers and write docs/benchmarks/quality.*; exit code 1 if a bar is missed.

    python -m benchmarks.quality                        # everything, anew
    python -m benchmarks.quality --only x_education     # one part anew, the page from all that is there
    python -m benchmarks.quality --resume               # what is missing, after a run that was broken off
    python -m benchmarks.quality --only curves --again Blend
    python -m benchmarks.quality --quick --out FOLDER   # a small simulated market, in seconds

Needs the real data (LEADSCORE_REAL_DATA), and CatBoost and FLAML, which `make bench-quality` installs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality.runs import PARTS, forget, measure, measure_quick, results
from benchmarks.quality.store import Store
from benchmarks.real_sets import ROOT, data_folder

OUT = ROOT / "docs/benchmarks"
RAW = ROOT / "data/bench/quality"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for and write the page."""
    from benchmarks.quality.page import write

    asked = _parser().parse_args(arguments)
    if asked.quick:
        store = Store(asked.out / "raw")
        measure_quick(store, seconds=min(asked.budget, 2.0))
    else:
        if not data_folder().is_dir():
            print(
                f"bench: no real data at {data_folder()}; set LEADSCORE_REAL_DATA", file=sys.stderr
            )
            return 2
        store = Store(RAW)
        parts = [] if asked.page else [part for part in PARTS if part in (asked.only or PARTS)]
        forget(store, parts, again=asked.again, resume=asked.resume)
        for part in parts:
            measure(part, store, seconds=asked.budget, repeats=asked.repeats)
    found = results(store, seconds=asked.budget)
    write(asked.out, found)
    print("\n".join(found.bars))
    return int(any(bar.startswith("FAIL") for bar in found.bars))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    add = parser.add_argument
    add(
        "--only",
        nargs="+",
        choices=PARTS,
        help="parts to measure; the page shows all that is there",
    )
    add("--resume", action="store_true", help="keep what was measured, measure the rest")
    add(
        "--again", nargs="+", default=None, metavar="METHOD", help="measure these methods anew only"
    )
    add("--page", action="store_true", help="measure nothing, write the page")
    add("--budget", type=float, default=60.0, help="seconds of FLAML for each fit [%(default)s]")
    add("--repeats", type=int, default=10, help="draws of the learning curves [%(default)s]")
    add("--quick", action="store_true", help="a small simulated market instead")
    add("--out", type=Path, default=OUT, help="folder of the page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
