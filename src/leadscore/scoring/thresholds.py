"""Tiers by the thresholds in force, and the signed decisions that put them in force.

Decisions are appended, never changed; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Discriminator, Tag, field_validator, model_validator

from leadscore.domain.errors import InputError
from leadscore.domain.settings import Thresholds
from leadscore.domain.strict import Points, Share, Strict
from leadscore.scoring.signed import Expected, GridDecision, Signed, not_taken_back, on_grids

BEFORE_ANY = "0000"


class Decision(Signed):
    """One signed decision on the thresholds of one source.

    `anchor_probability` is the pinned probability of score 50, null to keep the bundle's. `expected`
    is what its proposal promised, null or left out where there was none.
    """

    hot: Points
    warm: Points
    anchor_probability: Share | None
    expected: Expected | None = None

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds it put in force."""
        return Thresholds(hot=self.hot, warm=self.warm)

    @model_validator(mode="after")
    def _hot_above_warm(self) -> Decision:
        if self.hot <= self.warm:
            raise ValueError(f"hot ({self.hot:g}) must be above warm ({self.warm:g})")
        return self


def _kind(value: object) -> str:
    """Return the tag of a decision's kind; only those on grids name a grid."""
    names_grid = isinstance(value, Mapping) and "grid" in value
    return "[grid]" if names_grid or isinstance(value, GridDecision) else "[thresholds]"


AnyDecision = Annotated[
    Annotated[Decision, Tag("[thresholds]")] | Annotated[GridDecision, Tag("[grid]")],
    Discriminator(_kind),
]


class Decisions(Strict):
    """The whole list, oldest first: ids ascend, days never go back within a source.

    A reversal names the decision it may take back and brings the one before it: another one was
    written by hand.
    """

    decisions: list[AnyDecision]

    @field_validator("decisions")
    @classmethod
    def _appended_only(cls, decisions: list[AnyDecision]) -> list[AnyDecision]:
        ids = [decision.id for decision in decisions]
        if ids != sorted(set(ids)):
            raise ValueError(f"ids must ascend without repeats, got {', '.join(ids)}")
        last: dict[str, AnyDecision] = {}
        for decision in decisions:
            before = last.get(decision.source)
            if before is not None and decision.decided_on < before.decided_on:
                raise ValueError(
                    f"decision {decision.id} is dated {decision.decided_on}, "
                    f"before {before.id} ({before.decided_on}) of the same source"
                )
            last[decision.source] = decision
        for i, decision in enumerate(decisions):
            if decision.reverts is not None:
                _refuse_other_reversal(decisions[:i], decision)
        return decisions


def _refuse_other_reversal(before: Sequence[AnyDecision], reversal: AnyDecision) -> None:
    if isinstance(reversal, GridDecision):
        of_grid = not_taken_back(on_grids(before), reversal.source)
        if not of_grid or of_grid[-1].id != reversal.reverts:
            raise ValueError(_NOT_THAT_ONE.format(reversal.id, reversal.reverts))
        return
    pile = not_taken_back(on_thresholds(before), reversal.source)
    if not pile or pile[-1].id != reversal.reverts:
        raise ValueError(_NOT_THAT_ONE.format(reversal.id, reversal.reverts))
    # Below the first decision are the settings' own thresholds, which no list tells.
    if len(pile) > 1 and _values(pile[-2]) != _values(reversal):
        raise ValueError(f"decision {reversal.id} takes back {reversal.reverts} and does not bring "
                         f"the thresholds of {pile[-2].id}")  # fmt: skip


_NOT_THAT_ONE = "decision {} takes back {}, which was not the one to take back"


def on_thresholds(decisions: Sequence[AnyDecision]) -> list[Decision]:
    """Return the decisions on thresholds, those on grids left out."""
    return [each for each in decisions if isinstance(each, Decision)]


def _values(decision: Decision) -> tuple[float, float, float | None]:
    return decision.hot, decision.warm, decision.anchor_probability


def reversal_of(
    decisions: Sequence[Decision], *, source: str, initial: Thresholds
) -> tuple[Decision, Decision] | None:
    """Return the decision a reversal takes back, and the one whose thresholds it brings back.

    Below the first decision are the `initial` thresholds, as decision ``0000``. None: there is nothing
    to take back, or the same thresholds would come back.
    """
    pile = not_taken_back(decisions, source)
    if not pile:
        return None
    below = pile[-2] if len(pile) > 1 else in_force([], source=source, as_of=None, initial=initial)
    return None if _values(below) == _values(pile[-1]) else (pile[-1], below)


def in_force(
    decisions: Sequence[Decision], *, source: str, as_of: date | None,
    initial: Thresholds | None = None,
) -> Decision:  # fmt: skip
    """Return the last decision of `source` on or before `as_of` (None: the last of all).

    Parameters
    ----------
    initial
        Thresholds before the first decision; they come back as decision ``0000``.

    Raises
    ------
    InputError
        ``no-decision``: none is in force and there is no initial one.
    """
    day = None if as_of is None else date(as_of.year, as_of.month, as_of.day).isoformat()
    fitting = [d for d in decisions if d.source == source and (day is None or d.decided_on <= day)]
    if fitting:
        return fitting[-1]
    if initial is None:
        raise InputError(
            "no-decision", f"no thresholds for source {source!r} in force on {day or 'any day'}",
            file="config/decisions.yaml", fix="append a decision, or set thresholds.initial",
        )  # fmt: skip
    return Decision(
        id=BEFORE_ANY, decided_on=day or "1970-01-01", by="params.yaml", source=source,
        hot=initial.hot, warm=initial.warm, anchor_probability=None,
        reason="thresholds.initial, before the first signed decision", proposal_sha256=None,
    )  # fmt: skip


def tier(score: npt.ArrayLike, thresholds: Thresholds) -> npt.NDArray[np.str_]:
    """Return ``hot``, ``warm`` or ``cold`` for each score; a score on a threshold is above it.

    Raises
    ------
    ValueError
        A score is missing: no score is not a cold score.
    """
    points = np.asarray(score, dtype=np.float64)
    if bool(np.isnan(points).any()):
        raise ValueError(f"{int(np.isnan(points).sum())} scores are missing")
    return np.select([points >= thresholds.hot, points >= thresholds.warm], ["hot", "warm"], "cold")
