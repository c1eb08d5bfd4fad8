"""Tiers by the thresholds in force, and the signed decisions that put them in force.

Decisions are appended, never changed; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator, model_validator

from leadscore.domain.errors import InputError
from leadscore.domain.settings import Thresholds
from leadscore.domain.strict import Points, Share, Strict

BEFORE_ANY = "0000"
DecisionId = Annotated[str, Field(pattern=r"^\d{4}$")]


class Decision(Strict):
    """One signed decision on the thresholds of one source.

    `id` is four digits, ascending; `decided_on` an ISO day, in force from that day on. `source` is
    the mapping's name. `anchor_probability` is the pinned probability of score 50, null to keep the
    bundle's. `proposal_sha256` names the proposal that was approved, null where there was none.
    `reverts` is the decision it takes back, null or left out where it takes back none.
    """

    id: DecisionId
    decided_on: str
    by: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    hot: Points
    warm: Points
    anchor_probability: Share | None
    reason: Annotated[str, Field(min_length=1)]
    proposal_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None
    reverts: DecisionId | None = None

    @field_validator("decided_on")
    @classmethod
    def _is_a_day(cls, text: str) -> str:
        if date.fromisoformat(text).isoformat() != text:
            raise ValueError(f"expected a day as YYYY-MM-DD, got {text!r}")
        return text

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds it put in force."""
        return Thresholds(hot=self.hot, warm=self.warm)

    @model_validator(mode="after")
    def _hot_above_warm(self) -> Decision:
        if self.hot <= self.warm:
            raise ValueError(f"hot ({self.hot:g}) must be above warm ({self.warm:g})")
        return self


class Decisions(Strict):
    """The whole list, oldest first: ids ascend, days never go back within a source.

    A reversal names the decision it may take back and brings the one before it: another one was
    written by hand.
    """

    decisions: list[Decision]

    @field_validator("decisions")
    @classmethod
    def _appended_only(cls, decisions: list[Decision]) -> list[Decision]:
        ids = [decision.id for decision in decisions]
        if ids != sorted(set(ids)):
            raise ValueError(f"ids must ascend without repeats, got {', '.join(ids)}")
        last: dict[str, Decision] = {}
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


def _refuse_other_reversal(before: Sequence[Decision], reversal: Decision) -> None:
    pile = not_taken_back(before, reversal.source)
    if not pile or pile[-1].id != reversal.reverts:
        raise ValueError(
            f"decision {reversal.id} takes back {reversal.reverts}, which was not the one to take back"
        )
    # Below the first decision are the settings' own thresholds, which no list tells.
    if len(pile) > 1 and _values(pile[-2]) != _values(reversal):
        raise ValueError(f"decision {reversal.id} takes back {reversal.reverts} and does not bring "
                         f"the thresholds of {pile[-2].id}")  # fmt: skip


def _values(decision: Decision) -> tuple[float, float, float | None]:
    return decision.hot, decision.warm, decision.anchor_probability


def not_taken_back(decisions: Sequence[Decision], source: str) -> list[Decision]:
    """Return the decisions of a source that nobody took back, oldest first.

    Decisions pile up, and a reversal takes the top off: after ``a b`` and two reversals none is left.
    """
    pile: list[Decision] = []
    for decision in decisions:
        if decision.source != source:
            continue
        if decision.reverts is None:
            pile.append(decision)
        elif pile:
            pile.pop()
    return pile


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
