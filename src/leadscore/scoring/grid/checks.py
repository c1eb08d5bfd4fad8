"""Cases a salesperson can read, run on a grid: a lead, its events, a day, and what it must be given.

It answers which cases hold, what differs where one does not, and which criteria no case shows. It
reads no file and guesses no property: a name that nobody knows is refused with the nearest.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import BeforeValidator, Field, model_validator

from leadscore.domain.conditions import PropertyTest, Text, leaves
from leadscore.domain.errors import InputError, nearest
from leadscore.domain.rules import Grid
from leadscore.domain.strict import Strict
from leadscore.history.demographics import derive
from leadscore.history.kernel import Sweep
from leadscore.history.log import DAY, EventLog, Moments
from leadscore.scoring.grid.points import GridScore, evaluate, tiers

DERIVED = {
    "seniority": "job_title",
    "function": "job_title",
    "role": "job_title",
    "domain_class": "email_domain",
    "size_band": "employees",
    "sector": "industry",
}
"""Properties that follow from others by the package's own rules -> the source they follow from."""

_TEXTS = ("job_title", "email_domain", "industry", "company")
_EVENT = re.compile(r"(\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?) (\w+)(?: (.+))?")
_OF_NUMBERS = {"between", "at_least", "at_most", "above", "below"}
_EXPECTED = ("points", "total", "tier", "cell", "disqualified")
_NEAR = 0.005  # two decimals are enough for points that fade


def _moment(value: Any) -> Any:
    """Read an ISO date or time as UTC; everything else is left to the strict check."""
    if not isinstance(value, str):
        return value
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is no date; write 2026-01-31 or 2026-01-31 14:00") from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


Moment = Annotated[datetime, BeforeValidator(_moment)]


class Happened(Strict):
    """One event of a case's lead."""

    at: Moment
    type: Text
    subject: Text | None = None


def _event(value: Any) -> Any:
    found = _EVENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"an event is written `DATE [TIME] type [subject]`, got {value!r}")
    return Happened(at=_moment(found[1]), type=found[2], subject=found[3])


class Case(Strict):
    """A lead on a day, and what the grid must say of it; what is not written is not asked.

    `points` are the rules that give anything, all of them, after decay and before caps.
    """

    claim: Text
    lead: dict[str, str | float | bool | None] = {}
    created: Moment | None = None
    events: list[Annotated[Happened, BeforeValidator(_event)]] = []
    day: Moment
    points: dict[str, float] | None = None
    total: float | None = None
    tier: Text | None = None
    cell: Text | None = None
    disqualified: bool = False

    @model_validator(mode="after")
    def _asks_something(self) -> Case:
        if not self.model_fields_set.intersection(_EXPECTED):
            raise ValueError(f"expects nothing; write one of {', '.join(_EXPECTED)}")
        if self.created is not None and self.created > self.day:
            raise ValueError(
                f"created ({self.created:%Y-%m-%d}) is after day ({self.day:%Y-%m-%d})"
            )
        return self


class Sheet(Strict):
    """The cases of one grid. `engagement` are the event types that end inactivity, if not the usual."""

    grid: Text
    engagement: list[Text] | None = None
    cases: Annotated[list[Case], Field(min_length=1)]


@dataclass(frozen=True)
class Differs:
    """One thing a case asked for: rule id, ``total``, ``tier`` ...; what was expected and what came."""

    what: str
    expected: str
    got: str


@dataclass(frozen=True)
class CaseResult:
    """What a grid said of a case: points, tier and cell, what differs, and the criteria that held."""

    claim: str
    points: float
    tier: str
    cell: str
    differs: tuple[Differs, ...]
    shown: frozenset[str]


@dataclass(frozen=True)
class SheetResult:
    """All cases of a sheet, in its order; `unshown` are the criteria that no case shows."""

    results: tuple[CaseResult, ...]
    unshown: tuple[str, ...]

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases that do not hold."""
        return tuple(result for result in self.results if result.differs)


def run_sheet(grid: Grid, sheet: Sheet, *, known: Collection[str] = ()) -> SheetResult:
    """Run every case of a sheet on a grid.

    Parameters
    ----------
    known
        Properties of the source that leads may have beside those the grid speaks of.

    Raises
    ------
    InputError
        ``unknown-property``: a case's lead has a property that nobody knows.
        ``wrong-kind``: a value does not fit the rule's test; the case is named.
    """
    results = tuple(_run(grid, case, sheet.engagement, known) for case in sheet.cases)
    shown = frozenset[str]().union(*(result.shown for result in results))
    criteria = (*grid.rules, *grid.disqualifiers)
    return SheetResult(results, tuple(c.id for c in criteria if c.id not in shown))


def mentioned(grid: Grid) -> dict[str, bool]:
    """Return the properties a grid's criteria test, and whether any of the tests is one of numbers."""
    named: dict[str, bool] = {}
    for criterion in (*grid.rules, *grid.disqualifiers):
        for test in leaves(criterion.when):
            if isinstance(test, PropertyTest):
                named[test.property] = named.get(test.property, False) or _is_numeric(test)
    return named


def _is_numeric(test: PropertyTest) -> bool:
    asked = test.in_ if test.in_ is not None else [test.equals]
    is_number = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in asked)
    return is_number or bool(_OF_NUMBERS & set(test.model_dump(exclude_none=True)))


def _run(
    grid: Grid, case: Case, engagement: list[str] | None, known: Collection[str]
) -> CaseResult:
    try:
        row = _row(grid, case, known)
        score = evaluate(grid, row, _sweep(case), engagement_types=engagement)
    except InputError as error:
        raise InputError(
            error.code, f"case '{case.claim}': {error.message}", column=error.column, fix=error.fix
        ) from None
    held = {rule for rule, p in zip(score.rule_ids, score.trace[0], strict=True) if p != 0}
    held |= {score.disqualifier_ids[i] for i in np.flatnonzero(score.stopped_by[0])}
    return CaseResult(
        claim=case.claim,
        points=float(score.points[0]),
        tier=str(tiers(grid, score.points)[0]),
        cell=str(score.cell[0]),
        differs=tuple(_differences(grid, case, score)),
        shown=frozenset(held),
    )


def _row(grid: Grid, case: Case, known: Collection[str]) -> pd.DataFrame:
    """Return the case's lead as a row of properties, derived ones added; what it lacks is missing."""
    named = {name: is_number for name, is_number in mentioned(grid).items() if name not in DERIVED}
    usual = {**dict.fromkeys(_TEXTS, False), "employees": True}
    every = {*usual, *named, *DERIVED, *known}
    for name in case.lead:
        if name not in every:
            raise InputError("unknown-property", f"nobody knows '{name}'", fix=nearest(name, every))
    cells = {
        name: _cell(case.lead.get(name), is_number) for name, is_number in (usual | named).items()
    }
    cells |= {name: _cell(v, False) for name, v in case.lead.items() if name not in cells}
    created = case.day if case.created is None else case.created
    age = (case.day - created).total_seconds() / DAY
    return derive(pd.DataFrame(cells)).assign(age_days=age)


def _cell(value: str | float | bool | None, is_number: bool) -> pd.Series:
    if value is None:
        return pd.Series([np.nan], dtype="float64") if is_number else pd.Series([None], dtype="str")
    if isinstance(value, str):
        return pd.Series([value], dtype="str")
    return pd.Series([float(value)], dtype="float64")


def _sweep(case: Case) -> Sweep:
    events = pd.DataFrame(
        {
            "lead_id": pd.Series(["lead"] * len(case.events), dtype="str"),
            "occurred_at": _times([event.at for event in case.events]),
            "type": pd.Series([event.type for event in case.events], dtype="str"),
            "subject": pd.Series([event.subject for event in case.events], dtype="str"),
            "value": np.full(len(case.events), np.nan),
        }
    )
    log = EventLog.from_table(events, ["lead"])
    look = pd.DataFrame({"lead_id": ["lead"], "as_of": _times([case.day])})
    return Sweep(log, Moments.from_table(look, log))


def _times(moments: list[datetime]) -> pd.Series:
    return pd.Series(pd.to_datetime(moments, utc=True)).dt.as_unit("us")


def _differences(grid: Grid, case: Case, score: GridScore) -> list[Differs]:
    found: list[Differs] = []
    if case.points is not None:
        got = dict(zip(score.rule_ids, score.trace[0].tolist(), strict=True))
        for rule in dict.fromkeys((*case.points, *got)):
            expected = case.points.get(rule, 0.0)
            if rule not in got:
                hint = f"no such rule; {nearest(rule, got)}"
                found.append(Differs(rule, f"{expected:+g}", hint))
            elif abs(expected - got[rule]) > _NEAR:
                found.append(Differs(rule, f"{expected:+g}", f"{got[rule]:+.4g}"))
    total = float(score.points[0])
    if case.total is not None and abs(case.total - total) > _NEAR:
        found.append(Differs("total", f"{case.total:g}", f"{total:.4g}"))
    asked = (("tier", case.tier, tiers(grid, score.points)[0]), ("cell", case.cell, score.cell[0]))
    found += [Differs(what, want, str(got)) for what, want, got in asked if want not in (None, got)]
    if case.disqualified != bool(score.disqualified[0]):
        words = {True: "disqualified", False: "not disqualified"}
        was = bool(score.disqualified[0])
        found.append(Differs("disqualified", words[case.disqualified], words[was]))
    for criterion, lacks in score.not_evaluable.items():
        found.append(Differs(criterion, "judged", f"not evaluable: lacks {', '.join(lacks)}"))
    return found
