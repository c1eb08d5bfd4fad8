"""The grid's own rules with learned half-lives, as candidates beside the rules as they are.

A rule is offered another half-life only where the data bound it and its interval leaves out the
rule's own; whether it takes the rule's place, leads it was not learned on decide. It learns no points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from leadscore.domain.conditions import dateable
from leadscore.domain.rules import Decay, Grid, Rule
from leadscore.domain.settings import Settings
from leadscore.history.by_lead import ByLead
from leadscore.history.log import EventLog
from leadscore.scoring.grid.decay.half_lives import HalfLife, LearnedDecay, learned_half_lives
from leadscore.scoring.grid.decay.rules import RuleDecay, against_grid, event_tests
from leadscore.scoring.grid.learning.looks import Looks
from leadscore.scoring.view import Sources

_SHOWN = 5  # most frequent types whose half-life is told, beside those that rules name


@dataclass(frozen=True)
class Refaded:
    """A rule in force with a learned half-life.

    `rule` is the grid's own but for its decay; `learned` are the half-lives of its events that the
    data bound; `before_days` is the age at which half of its points are gone now.
    """

    rule: Rule
    learned: tuple[HalfLife, ...]
    before_days: float

    @property
    def told(self) -> str:
        """Say what would change, with intervals."""
        rests = ", ".join(
            f"{h.event} {h.days:.1f} [{h.low:.1f}, {h.high:.1f}]" for h in self.learned
        )
        before = "never" if np.isinf(self.before_days) else f"{self.before_days:g} days"
        return f"half is gone after {self.rule.decay.days:g} days instead of {before} (learned: {rests})"


def half_lives_of(
    looks: Looks, sources: Sources, grid: Grid, settings: Settings, *, day: date
) -> LearnedDecay | None:
    """Learn half-lives from what was known before the later window; None without dated events.

    Intervals are asked for the events that the grid's rules of the day name, and for the most
    frequent ones.
    """
    if sources.events is None or not looks.is_dated or not sources.event_labels:
        return None
    known = looks.table.iloc[np.flatnonzero(looks.windows.known_before_test)]
    known = known[["lead_id", "as_of", "age_days", "label"]].reset_index(drop=True)
    if known["label"].nunique() < 2:
        return None
    named = {
        row.learned.event
        for row in against_grid([_unknown(kind) for kind in sources.event_labels], _on(grid, day))
        if row.rule is not None
    }
    frequent = _most_frequent(sources, settings)
    return learned_half_lives(
        _with_events(known, sources, settings),
        sorted(sources.event_labels),
        min_leads=settings.review.min_leads,
        wanted=sorted(named | set(frequent)),
    )


def beside_rules(learned: LearnedDecay | None, grid: Grid, *, day: date) -> tuple[RuleDecay, ...]:
    """Return the half-lives asked for beside the decay of the rules in force on the day."""
    if learned is None:
        return ()
    asked = [h for h in learned.half_lives if h.why_not != "no interval asked for"]
    return against_grid(asked, _on(grid, day))


def refaded(rows: Sequence[RuleDecay], grid: Grid, *, day: date) -> tuple[Refaded, ...]:
    """Return the rules in force on the day that the half-lives speak against, with the learned ones.

    Of a rule on several types the half-lives that the data bound are averaged (of their logarithms,
    by looks) and written with two digits. A rule that looks back a number of days is left as it is.
    """
    found = []
    for rule in grid.rules:
        own = [row for row in rows if row.rule == rule.id and row.learned.tells]
        differs = any(row.says in ("shorter", "longer") for row in own)
        if not rule.in_force(day) or not differs or rule.decay.kind == "inactivity":
            continue
        looks_back = any(test.within_days is not None for test in event_tests(rule.when))
        if looks_back or not any(dateable(rule.when)):
            continue
        days = np.array([row.learned.days for row in own])
        looks = np.array([row.learned.n_looks for row in own], dtype=np.float64)
        mean = float(np.exp(np.average(np.log(days), weights=looks)))
        new = Decay(kind="half_life", days=float(f"{mean:.2g}"))
        if new != rule.decay:
            learned = tuple(row.learned for row in own)
            changed = rule.model_copy(update={"decay": new})
            found.append(Refaded(changed, learned, own[0].grid_days))
    return tuple(found)


def _on(grid: Grid, day: date) -> Grid:
    return grid.model_copy(update={"version": day})


def _unknown(kind: str) -> HalfLife:
    return HalfLife(kind, np.nan, 0.0, np.inf, 0.95, np.nan, 0, 0, 0, "not learned")


def _most_frequent(sources: Sources, settings: Settings) -> list[str]:
    counts: dict[str, int] = dict.fromkeys(sorted(sources.event_labels), 0)
    for part in sources.parts(settings.bots):
        if part.log is not None:
            n = np.bincount(part.log.type_code, minlength=len(part.log.types))
            for kind, seen in zip(part.log.types, n.tolist(), strict=True):
                counts[kind] = counts.get(kind, 0) + seen
    return sorted(counts, key=lambda kind: -counts[kind])[:_SHOWN]


def _with_events(
    looks: pd.DataFrame, sources: Sources, settings: Settings
) -> Iterator[tuple[pd.DataFrame, EventLog]]:
    """Yield looks and the events of their leads, part by part."""
    by_lead = ByLead.of(looks, sources.lead_ids)
    for part in sources.parts(settings.bots):
        here = by_lead.rows(part.span)
        if len(here) and part.log is not None:
            yield looks.iloc[here].reset_index(drop=True), part.log
