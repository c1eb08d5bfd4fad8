"""Learning curves: what few wins teach each method, judged on one large part that nobody learns from.

Draws are nested: of a repeat, the leads of a small size are among those of every larger one. Won and
lost leads are drawn in the set's own proportion, so a size is a number of won leads exactly.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from benchmarks.quality.clock import timed
from benchmarks.quality.ours import BLEND, GRID_PART, PARTS, TREES_PART
from benchmarks.quality.peers import Method, ask
from benchmarks.quality.problems import Places, Problem, random_folds, some_leads
from benchmarks.quality.store import Store
from leadscore.metrics import log_loss

SIZES = (10, 20, 40, 80, 160, 320, 640)
TEST_FOLDS = 3  # a third of the leads is judged
MOST_TEST_LEADS = 8_000


@dataclass(frozen=True)
class Plan:
    """Which methods at which sizes, and how often."""

    methods: Sequence[Method]
    sizes: Sequence[int] = SIZES
    repeats: int = 10


@dataclass(frozen=True)
class Loss:
    """Log loss of one opinion after one draw; `cpu` is that of the method that gave it."""

    wins: int
    repeat: int
    leads: int
    opinion: str
    loss: float
    cpu: float


def measure(problem: Problem, plans: Sequence[Plan], store: Store) -> None:
    """Learn from every draw that has not been learned from yet."""
    problem = problem.timeless()
    train, test = random_folds(problem, n_folds=TEST_FOLDS, seed=problem.settings.seed)[0]
    pool = problem.rows(train)
    rest = some_leads(problem.rows(test), MOST_TEST_LEADS, seed=problem.settings.seed)
    for plan in plans:
        for repeat in range(plan.repeats):
            for wins, rows in draws(pool, plan.sizes, seed=problem.settings.seed + repeat).items():
                some = pool.rows(rows)
                for method in plan.methods:
                    key = f"curve.{problem.name}.{wins}.{repeat}.{method.name}"
                    if method.is_there and not store.has(key):
                        found = _losses(some, rest, method, wins=wins, repeat=repeat)
                        store.write(key, {"losses": [asdict(loss) for loss in found]})
            print(f"bench: {problem.name}, curve, draw {repeat + 1}", file=sys.stderr, flush=True)
    about = {"leads": len(set(rest.lead)), "rows": len(rest)}
    store.write(f"curve_test.{problem.name}", about)


def draws(pool: Problem, sizes: Sequence[int], *, seed: int) -> dict[int, Places]:
    """Return rows by number of won leads; sizes that the pool has not are left out."""
    ids, code = np.unique(pool.lead.astype(str), return_inverse=True)
    is_won = np.bincount(code, pool.y) > 0
    drawn = np.random.default_rng(seed).permutation(len(ids))
    won, lost = drawn[is_won[drawn]], drawn[~is_won[drawn]]
    found = {}
    for wins in sizes:
        if wins > len(won):
            continue
        chosen = np.zeros(len(ids), dtype=bool)
        chosen[won[:wins]] = True
        chosen[lost[: round(wins * len(lost) / len(won))]] = True
        found[wins] = np.flatnonzero(chosen[code])
    return found


def _losses(some: Problem, rest: Problem, method: Method, *, wins: int, repeat: int) -> list[Loss]:
    told, seconds = timed(lambda: ask(method, some, rest))
    leads = len(set(some.lead))
    return [
        Loss(wins, repeat, leads, name, log_loss(rest.y, p), seconds.cpu)
        for name, p in told.items()
    ]


@dataclass(frozen=True)
class Cell:
    """The blend beside its parts at one size of one set.

    Attributes
    ----------
    means
        Mean log loss by opinion.
    best_part, gap, se
        The part with the least mean; blend minus that part, and the standard error over draws.
    gaps
        Blend minus each other opinion: mean and standard error over draws they share.
    """

    wins: int
    leads: int
    repeats: int
    means: dict[str, float]
    best_part: str
    gap: float
    se: float
    gaps: dict[str, tuple[float, float]]

    @property
    def is_safe(self) -> bool:
        """Whether the blend is no worse than the best part, but for one standard error."""
        return self.gap <= self.se

    @property
    def is_better(self) -> bool:
        """Whether the blend beats the best part by more than a standard error."""
        return self.gap < -self.se


def losses(store: Store, name: str) -> pd.DataFrame:
    """Return every loss of a set's draws as a table."""
    rows = [row for key in store.keys(f"curve.{name}.") for row in store.about(key)["losses"]]
    return pd.DataFrame(rows)


def cells(table: pd.DataFrame) -> list[Cell]:
    """Return a cell for each size."""
    found = []
    for wins, at in table.groupby("wins"):
        wide = at.pivot_table(index="repeat", columns="opinion", values="loss")
        means = {str(name): float(value) for name, value in wide.mean().items()}
        if BLEND not in wide:
            continue
        gaps = {}
        for name in wide.columns.drop(BLEND):
            each = (wide[BLEND] - wide[name]).dropna()
            gaps[str(name)] = (float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))))
        best = min(PARTS.values(), key=lambda part: means[part])
        found.append(
            Cell(int(wins), int(at["leads"].iloc[0]), len(wide), means, best, *gaps[best], gaps)
        )
    return found


def mean_gap(found: Sequence[Cell], part: str) -> float:
    """Return blend minus a part, the mean over sizes."""
    return float(np.mean([cell.gaps[part][0] for cell in found]))


def lines(found: Sequence[Cell], name: str) -> list[tuple[bool, str]]:
    """Return what the curve of a set promises, and whether it holds."""
    unsafe = [f"{c.wins} wins ({c.gap:+.4f} ± {c.se:.4f})" for c in found if not c.is_safe]
    better = sum(c.is_better for c in found)
    told = [
        (
            not unsafe,
            f"{name}: blend no worse than its best part + 1 SE at {len(found) - len(unsafe)} of "
            f"{len(found)} sizes, better by more than 1 SE at {better}"
            + (f"; worse at {', '.join(unsafe)}" if unsafe else ""),
        )
    ]
    for part, words in ((GRID_PART, "the grid alone"), (TREES_PART, "the small trees alone")):
        gap = mean_gap(found, part)
        told.append((gap < 0, f"{name}: blend against {words}, mean over sizes {gap:+.4f}"))
    lightgbm = "LightGBM default"
    if all(lightgbm in cell.gaps for cell in found):
        gap = mean_gap(found, lightgbm)
        told.append(
            (gap < 0, f"{name}: blend against LightGBM default, mean over sizes {gap:+.4f}")
        )
    return told
