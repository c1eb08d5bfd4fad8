"""Thresholds over quarters with known chances: ``python -m benchmarks.thresholds``.

Writes docs/benchmarks/thresholds.md and says PASS or FAIL by bar; exit code 1 where one is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, product
from pathlib import Path

import numpy as np

from benchmarks.quality.bars import line
from benchmarks.real_sets import ROOT
from benchmarks.thresholds.page import page
from benchmarks.thresholds.promises import PROMISED, Promise, promises
from benchmarks.thresholds.ways import ARGMAX, FORGET, KEEP, OURS, WAYS, lines_of, stepped
from benchmarks.thresholds.world import SCENARIOS, Followed, judged, run
from leadscore.adapters.config.params import load_settings

SIZES = (50, 100, 300, 1_000, 3_000)
AFTER_SHOCK = 0.030
SPARE = 0.02  # broken promises beyond those that the confidence allows
Results = Mapping[tuple[str, int, str], list[Followed]]
Promises = Mapping[tuple[str, int], list[Promise]]


def histories(asked: tuple[str, int, int]) -> tuple[dict[str, Followed], list[Promise]]:
    """Return what every way makes of one history, and the promises made in it."""
    scenario, n, seed = asked
    history, settings = run(scenario, n, seed), load_settings(ROOT / "params.yaml")
    lines = lines_of(history, settings)
    cuts = {
        name: stepped(history, settings, lines) if name == OURS else way(history, settings)
        for name, way in WAYS.items()
    }
    followed = {name: judged(own, history) for name, own in cuts.items()}
    return followed, promises(history, settings, lines)


def measured(sizes: Sequence[int], repeats: int, *, workers: int) -> tuple[Results, Promises]:
    """Run every scenario at every size, the same histories for all ways."""
    found: dict[tuple[str, int, str], list[Followed]] = {}
    promised: dict[tuple[str, int], list[Promise]] = {}
    with ProcessPoolExecutor(workers) as pool:
        for scenario, n in product(SCENARIOS, sizes):
            asked = [(scenario, n, seed) for seed in range(repeats)]
            for each, made in pool.map(histories, asked, chunksize=5):
                promised.setdefault((scenario, n), []).extend(made)
                for name, came in each.items():
                    found.setdefault((scenario, n, name), []).append(came)
            print(f"bench: {scenario}, {n:,} leads a quarter", file=sys.stderr, flush=True)
    return found, promised


def promise_bars(promised: Promises, confidence: float) -> Iterator[tuple[bool, str]]:
    """Yield whether promised precisions are broken no more often than was said."""
    most = 1 - confidence + SPARE
    for (scenario, n), made in promised.items():
        answers = [each for each in made if each.kept is not None]
        words = f"{scenario}, {n:,} leads: a precision of {PROMISED:.0%} at a confidence of {confidence:.0%}"
        if not answers:
            yield True, f"{words}: no answer in {len(made):,} reviews"
            continue
        broken = float(np.mean([not each.kept for each in answers]))
        told = f"broken in {broken:.1%} of {len(answers):,} answers, {len(made):,} reviews"
        yield broken <= most, f"{words}: {told}; bar {most:.0%}"


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
    found, promised = measured(asked.sizes, asked.repeats, workers=asked.workers)
    sure = load_settings(ROOT / "params.yaml").thresholds.precision_confidence
    judged_bars = chain(bars(found), promise_bars(promised, sure))
    said = [(holds, line(holds, words)) for holds, words in judged_bars]
    asked.out.write_text(page(found, promised, [words for _, words in said]), encoding="utf-8")
    print("\n".join(words for _, words in said))
    return int(not all(holds for holds, _ in said))


if __name__ == "__main__":
    sys.exit(main())
