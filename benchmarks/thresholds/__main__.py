"""Thresholds over quarters with known chances: ``python -m benchmarks.thresholds``.

Writes docs/benchmarks/thresholds.md and says PASS or FAIL by bar; exit code 1 where one is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.quality.bars import line
from benchmarks.real_sets import ROOT
from benchmarks.thresholds.page import page
from benchmarks.thresholds.ways import ARGMAX, FORGET, KEEP, OURS, WAYS
from benchmarks.thresholds.world import SCENARIOS, Followed, judged, run
from leadscore.adapters.config.params import load_settings

SIZES = (50, 100, 300, 1_000, 3_000)
AFTER_SHOCK = 0.030
Results = Mapping[tuple[str, int, str], list[Followed]]


def histories(asked: tuple[str, int, int]) -> dict[str, Followed]:
    """Return what every way makes of one history."""
    scenario, n, seed = asked
    history, settings = run(scenario, n, seed), load_settings(ROOT / "params.yaml")
    return {name: judged(way(history, settings), history) for name, way in WAYS.items()}


def measured(sizes: Sequence[int], repeats: int, *, workers: int) -> Results:
    """Run every scenario at every size, the same histories for all ways."""
    found: dict[tuple[str, int, str], list[Followed]] = {}
    with ProcessPoolExecutor(workers) as pool:
        for scenario, n in product(SCENARIOS, sizes):
            asked = [(scenario, n, seed) for seed in range(repeats)]
            for each in pool.map(histories, asked, chunksize=5):
                for name, came in each.items():
                    found.setdefault((scenario, n, name), []).append(came)
            print(f"bench: {scenario}, {n:,} leads a quarter", file=sys.stderr, flush=True)
    return found


def bars(found: Results) -> Iterator[tuple[bool, str]]:
    """Yield whether each bar is met, in words; a difference is paired, with its standard error."""
    for scenario, n in dict.fromkeys((scenario, n) for scenario, n, _ in found):
        mine, other = (found[scenario, n, name] for name in (OURS, FORGET))
        gap = np.array([a.regret - b.regret for a, b in zip(mine, other, strict=True)])
        error = float(gap.std(ddof=1) / np.sqrt(len(gap)))
        words = f"{scenario}, {n:,} leads: regret less that of {FORGET} {gap.mean():+.2%} +- {error:.2%}"
        yield float(gap.mean()) <= max(error, 5e-4), f"{words}; bar 0, or a standard error"
        turns, theirs = (
            np.mean([each.reversals for each in found[scenario, n, name]])
            for name in (OURS, ARGMAX)
        )
        told = f"{scenario}, {n:,} leads: {turns:.2f} reversals, {ARGMAX} {theirs:.2f}"
        yield bool(turns <= theirs / 5), f"{told}; bar a fifth"
    if ("shock", 1_000, OURS) in found:
        after = float(np.mean([each.regret for each in found["shock", 1_000, OURS]]))
        keep = float(np.mean([each.regret for each in found["shock", 1_000, KEEP]]))
        yield (
            after <= AFTER_SHOCK,
            f"shock, 1,000 leads: regret {after:.2%} (keep {keep:.2%}); bar {AFTER_SHOCK:.1%}",
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the page, say the bars."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.thresholds", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="leads a quarter")
    parser.add_argument("--repeats", type=int, default=100, help="histories of each cell")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/benchmarks/thresholds.md")
    asked = parser.parse_args(arguments)
    found = measured(asked.sizes, asked.repeats, workers=asked.workers)
    said = [(holds, line(holds, words)) for holds, words in bars(found)]
    asked.out.write_text(page(found, [words for _, words in said]), encoding="utf-8")
    print("\n".join(words for _, words in said))
    return int(not all(holds for holds, _ in said))


if __name__ == "__main__":
    sys.exit(main())
