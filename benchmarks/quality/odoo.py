"""Odoo's predictive lead scoring as its documentation and behaviour describe it: a naive Bayes on counts.

One row of counts per team, variable and value; a score multiplies the shares of its lead's values
among won and among lost leads. Nothing is calibrated and nothing held out. Written anew from a
description of what it does; the numbers Odoo's own tests expect come out to the last digit.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

NO_TEAM = ""
NEW_ROW = 0.1  # what a new row holds besides its count
MIN_TAG_LEADS = 50  # rarer tags tell nothing
LOWEST, HIGHEST = 0.01, 99.99  # per cent
EMPTY_COUNTS = ("email_state", "phone_state")  # empty is the value "False" of these
Row = tuple[str, str]


@dataclass(frozen=True)
class Stage:
    """A column of the sales board; those of one team alone are `team`'s."""

    name: str
    sequence: int
    is_won: bool = False
    team: str = NO_TEAM


@dataclass(frozen=True)
class Lead:
    """What is counted of a lead: values by variable (None: empty), tags, stage, team and outcome."""

    values: Mapping[str, object | None]
    stage: str | None
    team: str = NO_TEAM
    tags: tuple[str, ...] = ()
    outcome: Literal["won", "lost"] | None = None


@dataclass(frozen=True)
class Pool:
    """The counts that score the leads of one team: (won, lost) by (variable, value), and class totals."""

    rows: Mapping[Row, tuple[float, float]]
    totals: Mapping[str, tuple[float, float]]
    won: float
    lost: float

    def score(self, pairs: Iterable[Row]) -> float | None:
        """Return the chance of a win in per cent, None where a class has no lead.

        Pairs without a row are skipped.
        """
        if not (self.won > 0 and self.lost > 0):
            return None
        both = self.won + self.lost
        as_won, as_lost = math.log(self.won / both), math.log(self.lost / both)
        for pair in pairs:
            if (counts := self.rows.get(pair)) is None:
                continue
            totals = (self.won, self.lost) if pair[0] == "stage" else self.totals[pair[0]]
            as_won += math.log(counts[0] / totals[0])
            as_lost += math.log(counts[1] / totals[1])
        share = 1 / (1 + math.exp(min(as_lost - as_won, 700.0)))
        return min(max(round(100 * share, 2), LOWEST), HIGHEST)


@dataclass
class Frequencies:
    """The table of counts, rebuilt from closed leads or moved by one lead that closes or opens again."""

    stages: Sequence[Stage]
    variables: Sequence[str]
    counts: dict[str, dict[Row, list[float]]] = field(default_factory=dict)

    @classmethod
    def rebuilt(
        cls, leads: Iterable[Lead], stages: Sequence[Stage], variables: Sequence[str]
    ) -> Frequencies:
        """Count every closed lead from nothing."""
        found = cls(sorted(stages, key=lambda stage: stage.sequence), variables)
        sums: dict[str, dict[Row, list[float]]] = defaultdict(
            lambda: defaultdict(lambda: [0.0, 0.0])
        )
        for lead in leads:
            if lead.outcome is not None:
                side = int(lead.outcome == "lost")
                for pair in found.counted(lead):
                    sums[lead.team][pair][side] += 1
        found.counts = {
            team: {pair: [n + NEW_ROW for n in both] for pair, both in rows.items()}
            for team, rows in sums.items()
        }
        return found

    def add(self, lead: Lead, *, leaves: bool = False) -> None:
        """Count a lead that was closed since, or take one away that `leaves` its outcome."""
        side, step = int(lead.outcome == "lost"), -1.0 if leaves else 1.0
        rows = self.counts.setdefault(lead.team, {})
        for pair in self.counted(lead):
            if pair in rows:
                moved = rows[pair][side] + step
                rows[pair][side] = moved if moved > 0 else NEW_ROW
            elif not leaves:
                rows[pair] = [NEW_ROW, NEW_ROW]
                rows[pair][side] += step

    def counted(self, lead: Lead) -> list[Row]:
        """Return the rows a closed lead adds to: a win to every stage, a loss to those it had reached."""
        reached = {stage.name: stage.sequence for stage in self.stages}.get(lead.stage or "")
        stages = [
            stage.name
            for stage in self.stages
            if lead.outcome == "won" or (reached is not None and stage.sequence <= reached)
        ]
        return [("stage", name) for name in stages] + self.pairs(lead)

    def pairs(self, lead: Lead) -> list[Row]:
        """Return the lead's values as rows, empty ones left out, each tag for itself."""
        found = []
        for variable in self.variables:
            if variable == "tag":
                found += [("tag", tag) for tag in lead.tags]
            elif (value := lead.values.get(variable)) not in (None, ""):
                found.append((variable, str(value)))
            elif variable in EMPTY_COUNTS:
                found.append((variable, "False"))
        return found

    def pool(self, team: str) -> Pool:
        """Return a team's own counts, or those of all teams together for leads without team or counts."""
        own = self.counts.get(team) if team != NO_TEAM else None
        rows: dict[Row, tuple[float, float]] = {}
        for part in [own] if own else self.counts.values():
            for pair, (won, lost) in part.items():
                before = rows.get(pair, (0.0, 0.0))
                rows[pair] = (before[0] + won, before[1] + lost)
        rows = {
            pair: both
            for pair, both in rows.items()
            if pair[0] != "tag" or sum(both) >= MIN_TAG_LEADS
        }
        totals: dict[str, tuple[float, float]] = {}
        for (variable, _), (won, lost) in rows.items():
            before = totals.get(variable, (0.0, 0.0))
            totals[variable] = (before[0] + won, before[1] + lost)
        first = next((stage.name for stage in self.stages if stage.team == NO_TEAM), "")
        won, lost = rows.get(("stage", first), (0.0, 0.0))
        return Pool(rows, totals, won, lost)

    def scores(self, leads: Sequence[Lead]) -> list[float | None]:
        """Return each lead's chance in per cent: 0 without stage, 100 in a won one."""
        won_stages = {stage.name for stage in self.stages if stage.is_won}
        pools = {team: self.pool(team) for team in {lead.team for lead in leads}}

        def score(lead: Lead) -> float | None:
            if lead.stage is None:
                return 0.0
            if lead.stage in won_stages:
                return 100.0
            return pools[lead.team].score([("stage", lead.stage), *self.pairs(lead)])

        return [score(lead) for lead in leads]
