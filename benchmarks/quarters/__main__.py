"""Thresholds over the quarters of the demo, markets like it, and the bank: ``python -m benchmarks.quarters``.

Writes docs/benchmarks/quarters.md and quarters.svg; exit code 1 where ours earned less than a usual way by interval.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.quality.bars import line
from benchmarks.quarters import issuing
from benchmarks.quarters.issuing import Issued
from benchmarks.quarters.page import Walked, bars, page, picture
from benchmarks.quarters.walking import CUTS, cuts_of, walk
from benchmarks.real_sets import ROOT, data_folder
from leadscore.adapters.config.params import load_settings
from leadscore.domain.settings import Settings, Thresholds

SETS: dict[str, Callable[[], list[Issued]]] = {
    "demo": issuing.demo,
    "market11": lambda: issuing.demo(11),
    "bank": issuing.bank,
}
ELSEWHERE = Thresholds(hot=80.0, warm=40.0)  # as guides have it


def walked(issued: Issued, settings: Settings, start: Thresholds) -> Walked:
    """Work a history by every way from a start on."""
    by_cut = cuts_of(issued, settings, start)
    walks = {
        name: {way: walk(issued, settings, name, cuts) for way, cuts in by_cut[name].items()}
        for name in CUTS
    }
    return Walked(issued, start, walks)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write page and picture, say the bars."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quarters", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS), help="sets")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "docs/benchmarks", help="folder of the page"
    )
    asked = parser.parse_args(arguments)
    if "bank" in asked.only and not data_folder().is_dir():
        print(f"bench: no real data at {data_folder()}; set LEADSCORE_REAL_DATA", file=sys.stderr)
        return 2
    settings = load_settings(ROOT / "params.yaml")
    found = [
        walked(issued, settings, start)
        for name in asked.only
        for issued in SETS[name]()
        for start in (settings.thresholds.initial, ELSEWHERE)
    ]
    judged = bars(found)
    told = [line(holds, words) for holds, words in judged]
    (asked.out / "quarters.md").write_text(page(found, settings, told), encoding="utf-8")
    picture(found).save(asked.out / "quarters.svg")
    print("\n".join(told))
    return int(not all(holds for holds, _ in judged))


if __name__ == "__main__":
    sys.exit(main())
