"""What every signed decision says: who, when, why, by which proposal, and what was expected of it.

Decisions are appended, never changed; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from leadscore.domain.strict import Count, Strict

DecisionId = Annotated[str, Field(pattern=r"^\d{4}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(min_length=1)]
Range = Annotated[list[float], Field(min_length=3, max_length=3)]


class Expected(Strict):
    """What a proposal promised of the thresholds that were signed, kept to be held against what came.

    Each measure is value, lower and upper end of its 95 % interval, null where the proposal told none.
    `hot_leads` and `warm_leads` are per week or per 1,000 leads, as `per` says; `won_hot` and `won_warm`
    shares of won leads that were hot, and warm or hot; `profit_hot` and `profit_warm` in EUR.
    `n_leads` is the number of leads they were replayed on.
    """

    per: Literal["week", "1,000 leads"]
    n_leads: Count
    hot_leads: Range | None = None
    warm_leads: Range | None = None
    won_hot: Range | None = None
    won_warm: Range | None = None
    profit_hot: Range | None = None
    profit_warm: Range | None = None


class Signed(Strict):
    """What decisions of all kinds share.

    `id` is four digits, ascending; `decided_on` an ISO day, in force from that day on. `source` is
    the mapping's name. `proposal_sha256` names the proposal that was approved, null where there was
    none. `reverts` is the decision it takes back, null or left out where it takes back none.
    """

    id: DecisionId
    decided_on: str
    by: Text
    source: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    reason: Text
    proposal_sha256: Sha256 | None
    reverts: DecisionId | None = None

    @field_validator("decided_on")
    @classmethod
    def _is_a_day(cls, text: str) -> str:
        if date.fromisoformat(text).isoformat() != text:
            raise ValueError(f"expected a day as YYYY-MM-DD, got {text!r}")
        return text


Kind = TypeVar("Kind", bound=Signed)


class GridDecision(Signed):
    """One signed decision on the points of one grid.

    `grid` is its name and `file` its path in the project. `before_version`, `before_sha256` are of the file
    it replaced, whose copy is `kept`; `after_version`, `after_sha256` of the file it wrote. `changes` says
    in words what went from what to what.
    """

    grid: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    file: Text
    before_version: Text
    before_sha256: Sha256
    kept: Text
    after_version: Text
    after_sha256: Sha256
    changes: Annotated[list[Text], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_a_change(self) -> GridDecision:
        if self.before_sha256 == self.after_sha256:
            raise ValueError("before_sha256 and after_sha256 are the same: nothing was changed")
        return self


def not_taken_back(decisions: Sequence[Kind], source: str) -> list[Kind]:
    """Return the decisions of one kind and source that nobody took back, oldest first.

    Decisions pile up, and a reversal takes the top off: after ``a b`` and two reversals none is left.
    """
    pile: list[Kind] = []
    for each in decisions:
        if each.source != source:
            continue
        if each.reverts is None:
            pile.append(each)
        elif pile:
            pile.pop()
    return pile


def on_grids(decisions: Sequence[Signed]) -> list[GridDecision]:
    """Return the decisions on grids, those on thresholds left out."""
    return [each for each in decisions if isinstance(each, GridDecision)]
