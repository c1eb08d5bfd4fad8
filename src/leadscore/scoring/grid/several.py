"""Several grids at once, one per product, segment or channel: each lead is scored by the one that serves it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.errors import InputError
from leadscore.domain.rules import Disqualifier, Grid, Rule
from leadscore.history.kernel import Sweep
from leadscore.history.log import Int, Mask
from leadscore.scoring.grid.conditions import Evidence
from leadscore.scoring.grid.points import GridScore, evaluate
from leadscore.scoring.grid.serving import serves


@dataclass(frozen=True)
class Grids:
    """Grids in the order in which they are asked: the first that serves a lead scores it.

    The last one serves everybody, so that no lead is without points. Rules and disqualifiers are those
    of all grids, called ``grid.rule``.
    """

    of: tuple[Grid, ...]

    def __post_init__(self) -> None:
        """Refuse grids of one name, and an order in which a grid would never be asked, or a lead by none.

        Raises
        ------
        InputError
            ``duplicate-grid`` or ``bad-order``.
        """
        names = [grid.name for grid in self.of]
        if twice := [name for name in names if names.count(name) > 1]:
            raise InputError(
                "duplicate-grid", f"two grids are called '{twice[0]}'", fix="rename one (`grid:`)"
            )
        for grid in self.of[:-1]:
            if grid.serves is None:
                raise InputError(
                    "bad-order",
                    f"grid '{grid.name}' serves everybody, so '{names[-1]}' would never be asked",
                    fix="say in `serves` whom it is for, or make it `grid.file`",
                )
        if self.of[-1].serves is not None:
            raise InputError(
                "bad-order",
                f"grid '{names[-1]}' is the last one and must serve everybody",
                fix="take `serves` out, or name another grid in `grid.file`",
            )

    @property
    def rules(self) -> list[Rule]:
        """Every rule of every grid."""
        return [
            rule.model_copy(update={"id": f"{grid.name}.{rule.id}"})
            for grid in self.of
            for rule in grid.rules
        ]

    @property
    def disqualifiers(self) -> list[Disqualifier]:
        """Every disqualifier of every grid."""
        return [
            stop.model_copy(update={"id": f"{grid.name}.{stop.id}"})
            for grid in self.of
            for stop in grid.disqualifiers
        ]


AnyGrid = Grid | Grids


def grids_of(grid: AnyGrid) -> tuple[Grid, ...]:
    """Return the grid or the grids."""
    return grid.of if isinstance(grid, Grids) else (grid,)


def together(grids: Sequence[Grid]) -> AnyGrid:
    """Return one grid as it is, several as `Grids`."""
    return grids[0] if len(grids) == 1 else Grids(tuple(grids))


def score_each(
    grid: AnyGrid,
    properties: pd.DataFrame,
    sweep: Sweep | None = None,
    *,
    as_of: pd.Series | None = None,
    engagement_types: Collection[str] | None = None,
    known_types: Collection[str] | None = None,
) -> GridScore:
    """Score every moment by the grid that serves its lead; arguments and errors of `points.evaluate`.

    A trace of several grids has a column for each rule of each; those of other grids hold 0.
    """
    scores = [
        evaluate(
            one, properties, sweep,
            as_of=as_of, engagement_types=engagement_types, known_types=known_types,
        )
        for one in grids_of(grid)
    ]  # fmt: skip
    if not isinstance(grid, Grids):
        return scores[0]
    by = serving(grid, properties)
    own = [by == number for number in range(len(scores))]
    chosen = {
        name: np.stack([getattr(score, name) for score in scores])[by, np.arange(len(by))]
        for name in ("points", "fit", "engagement", "cell", "disqualified")
    }
    lacks = {
        f"{one.name}.{name}": what
        for one, score in zip(grid.of, scores, strict=True)
        for name, what in score.not_evaluable.items()
    }
    return GridScore(
        **chosen,
        trace=_beside([score.trace for score in scores], own),
        rule_ids=tuple(rule.id for rule in grid.rules),
        stopped_by=_beside([score.stopped_by for score in scores], own),
        disqualifier_ids=tuple(stop.id for stop in grid.disqualifiers),
        not_evaluable=lacks,
    )


def serving(grid: AnyGrid, properties: pd.DataFrame) -> Int:
    """Return the number of the grid that serves each row of properties, int64[n]."""
    evidence = Evidence(properties, None)
    holds = np.stack([serves(one, evidence) for one in grids_of(grid)])
    return np.asarray(holds.argmax(axis=0), dtype=np.int64)


def _beside(parts: Sequence[npt.NDArray[Any]], own: Sequence[Mask]) -> npt.NDArray[Any]:
    """Put the columns of all grids side by side, each kept only where its grid serves."""
    return np.hstack([part * mine[:, None] for part, mine in zip(parts, own, strict=True)])
