"""A campaign month by month: each block is predicted by what was known before it, and by nothing else.

Bank Marketing's rows lie in time without dates; a new block begins where the month changes. Every
method is fitted anew before each block. A recalibration sees past blocks with what was predicted for
them then; the product's follows its line through them. The figure is the mean over blocks of a block's
log loss: a small late block counts as much as a large early one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.quality.clock import timed
from benchmarks.quality.ours import BLEND, TREES_PART
from benchmarks.quality.peers import Method, ask
from benchmarks.quality.problems import Float, Problem
from benchmarks.quality.store import Store
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings
from leadscore.metrics import log_loss
from leadscore.scoring.calibration import fit_platt
from leadscore.scoring.moving_line import Tracker

Codes = npt.NDArray[np.int64]
MONTH = "lead_month"
HALF_LIVES = (1.0, np.inf)  # blocks
FIRST = 1  # the first block that is predicted
FROZEN = "frozen after the first block"
NONE, ALL, ONE, FOLLOWED = "none", "all past blocks alike", "half-life 1 block", "followed"


def blocks(problem: Problem) -> Codes:
    """Return the number of each row's block; rows must lie in time."""
    month = problem.table[MONTH].astype(str).to_numpy()
    return np.concatenate([[0], np.cumsum(month[1:] != month[:-1])]).astype(np.int64)


def measure(problem: Problem, key: str, methods: Sequence[Method], store: Store) -> None:
    """Predict every block by what was known before it, for the methods that have not been run."""
    block = blocks(problem)
    store.write(
        f"blocks.{key}", {"columns": len(problem.features)}, {"block": block, "y": problem.y}
    )
    for method in methods:
        name = f"rolled.{key}.{method.name}"
        if method.is_there and not store.has(name):
            (told, seconds) = timed(lambda method=method: _rolled(problem, block, method))
            store.write(name, {"cpu": seconds.cpu, "wall": seconds.wall}, told)
            print(f"bench: {key}, {method.name}: {seconds.wall:.0f} s", file=sys.stderr, flush=True)


def _rolled(problem: Problem, block: Codes, method: Method) -> dict[str, Float]:
    told: dict[str, Float] = {}
    for now in range(FIRST, int(block.max()) + 1):
        past, rows = np.flatnonzero(block < now), np.flatnonzero(block == now)
        some = problem.rows(past)
        found = ask(method, some, problem.rows(rows))
        if now == FIRST:
            later = np.flatnonzero(block >= FIRST)
            frozen = ask(method, some, problem.rows(later))
            told = {f"{name}, {FROZEN}": _placed(block, later, p) for name, p in frozen.items()}
        for name, p in found.items():
            told.setdefault(name, np.full(len(block), np.nan))[rows] = p
    return told


def _placed(block: Codes, rows: npt.NDArray[np.intp], p: Float) -> Float:
    every = np.full(len(block), np.nan)
    every[rows] = p
    return every


def block_losses(y: Float, p: Float, block: Codes) -> Float:
    """Return the log loss of each predicted block."""
    return np.array([
        log_loss(y[block == now], p[block == now]) for now in range(FIRST, int(block.max()) + 1)
    ])  # fmt: skip


def recalibrated(
    y: Float, p: Float, block: Codes, settings: Settings, *, half_life: float
) -> Float:
    """Turn each block's probabilities by a prior-Platt line over the blocks before it.

    Every block weighs ``2 ** (-blocks since / half_life)``. The first is left as it is.
    """
    c, turned = settings.calibration, p.copy()
    for now in range(FIRST + 1, int(block.max()) + 1):
        past = (block >= FIRST) & (block < now)
        weight = np.exp2(-(now - 1 - block[past]) / half_life)
        try:
            line = fit_platt(
                p[past], y[past], slope_sd=c.slope_sd, intercept_sd=c.intercept_sd, weight=weight
            )
        except InputError:  # one outcome, or one probability: there is no line yet
            continue
        turned[block == now] = line.apply(p[block == now])
    return turned


def followed(y: Float, p: Float, block: Codes, settings: Settings) -> Float:
    """Turn each block's probabilities by the line that the product would follow through the blocks before it.

    The first block predicted is left as it is.
    """
    c, turned, seen = settings.calibration, p.copy(), block >= FIRST
    lead = np.arange(seen.sum()).astype(object)
    steps = Tracker.of(p[seen], y[seen], block[seen], lead, c).averaged(c).steps
    for now, step in zip(np.unique(block[seen])[1:], steps[1:], strict=True):
        turned[block == now] = step.promised.apply(p[block == now])
    return turned


@dataclass(frozen=True)
class Way:
    """An opinion with one way of recalibrating: the loss of each block."""

    opinion: str
    recalibration: str
    losses: Float

    @property
    def mean(self) -> float:
        """Return the mean over blocks."""
        return float(self.losses.mean())


def ways(store: Store, key: str, settings: Settings) -> list[Way]:
    """Return every opinion with every recalibration; the frozen ones too."""
    rows = store.arrays(f"blocks.{key}")
    y, block = rows["y"], rows["block"]
    found = []
    for run in store.keys(f"rolled.{key}."):
        for opinion, p in store.arrays(run).items():
            plain = block_losses(y, p, block)
            by_half_life = {
                half_life: block_losses(
                    y, recalibrated(y, p, block, settings, half_life=half_life), block
                )
                for half_life in HALF_LIVES
            }
            line = block_losses(y, followed(y, p, block, settings), block)
            found += [
                Way(opinion, NONE, plain),
                Way(opinion, ALL, by_half_life[np.inf]),
                Way(opinion, ONE, by_half_life[1.0]),
                Way(opinion, FOLLOWED, line),
            ]
    return sorted(found, key=lambda way: way.mean)


def shown(found: Sequence[Way]) -> list[tuple[str, dict[str, float]]]:
    """Return the opinions with their means by recalibration, best first."""
    table: dict[str, dict[str, float]] = {}
    for way in found:
        table.setdefault(way.opinion, {})[way.recalibration] = way.mean
    return sorted(table.items(), key=lambda row: row[1][FOLLOWED])


def named(found: Sequence[Way], opinion: str, recalibration: str) -> Way | None:
    """Return one way, None where it was not run."""
    hits = [w for w in found if (w.opinion, w.recalibration) == (opinion, recalibration)]
    return hits[0] if hits else None


def gap(one: Way, other: Way) -> tuple[float, float]:
    """Return mean difference of block losses and its standard error over blocks."""
    each = one.losses - other.losses
    return float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each)))


def of_interest(found: Sequence[Way]) -> list[Way]:
    """Return what the picture shows: trees frozen and refitted, the blend plain and recalibrated."""
    asked = [
        (f"{TREES_PART}, {FROZEN}", NONE),
        (TREES_PART, NONE),
        (BLEND, NONE),
        (BLEND, ONE),
    ]
    return [way for name in asked if (way := named(found, *name)) is not None]
