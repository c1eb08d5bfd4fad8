"""What would raise or lower one lead's score, each by scoring the changed lead anew; nothing is estimated.

A step adds an event or a value and goes through `view` and the scorer as any lead does. It says what the
score would be, not that the step causes a win; and an event may lower a score: then it is told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.schemas import TIERS
from leadscore.domain.settings import Settings, Thresholds
from leadscore.history.log import EventTable
from leadscore.scoring.issuing import score_of
from leadscore.scoring.scorer import Scorer
from leadscore.scoring.steps import Step
from leadscore.scoring.thresholds import tier
from leadscore.scoring.view import Sources, view

Float = npt.NDArray[np.float64]
Steps = tuple[Step, ...]
_IN_PAIRS = 5


@dataclass(frozen=True)
class Counterfactual:
    """What a lead's score would be after some steps: rounded as issued scores are.

    `points` is `score` minus the score now; `crosses` says whether the tier would be another one.
    """

    steps: Steps
    score: float
    points: float
    tier: str
    crosses: bool


@dataclass(frozen=True)
class WhatIfs:
    """What would raise a score and what would lower it, strongest first, and how many steps were tried.

    `pairs_tried` counts combinations of two: they are tried only where no single step reaches a better tier.
    """

    raising: tuple[Counterfactual, ...]
    lowering: tuple[Counterfactual, ...]
    tried: int
    pairs_tried: int


@dataclass(frozen=True)
class OneLead:
    """A lead at a moment, and all it takes to score it again.

    `sources` hold this lead alone, events as a table in memory (None: the source has none); `look` is
    one row lead_id, as_of, order, age_days.
    """

    scorer: Scorer
    sources: Sources
    look: pd.DataFrame
    settings: Settings
    thresholds: Thresholds

    def score(self) -> float:
        """Return the score now, as it is issued."""
        return float(self.scores([()])[0])

    def scores(self, changes: Sequence[Steps]) -> Float:
        """Return the score after each of several changes, float64[n_changes], as it would be issued."""
        ids = [f"{i:06d}" for i in range(len(changes))]
        if not changes:
            return np.zeros(0)
        looks = pd.concat([self.look] * len(changes), ignore_index=True)
        looks["lead_id"] = pd.Series(ids, dtype="str")
        changed = changed_sources(self.sources, self._moment, self.settings, ids, changes)
        seen = view(looks, changed, self.scorer.grid, self.settings)
        return np.round(score_of(self.scorer, seen, threads=1), 1)

    @property
    def _moment(self) -> pd.Timestamp:
        moment: pd.Timestamp = self.look["as_of"].iloc[0]
        return moment


def what_ifs(lead: OneLead, steps: Sequence[Step]) -> WhatIfs:
    """Try every step, and pairs of the best where none reaches a better tier; tell the strongest.

    Those that reach a better tier go first, then those of most points; of several values of one
    property, or subjects of one event type, the best is told.
    """
    if lead.scorer.opinion == "base_rate" or not steps:
        return WhatIfs((), (), 0, 0)
    now, *after = lead.scores([(), *((step,) for step in steps)])
    singles = [_told(lead, (step,), now, score) for step, score in zip(steps, after, strict=True)]
    up = _strongest(lead, singles, now, sign=1)
    down = _strongest(lead, singles, now, sign=-1)
    pairs: list[Steps] = []
    if TIERS.index(_tier(lead, now)) > 0 and not any(each.crosses for each in up):
        pairs = _pairs(singles)
        scores = lead.scores(pairs)
        twice = [_told(lead, both, now, s) for both, s in zip(pairs, scores, strict=True)]
        up = [each for each in _strongest(lead, twice, now, sign=1) if each.crosses][:1] + up
    n = lead.settings.explain.shown
    return WhatIfs(tuple(up[:n]), tuple(down[:n]), len(steps), len(pairs))


def changed_sources(
    sources: Sources,
    moment: pd.Timestamp,
    settings: Settings,
    ids: Sequence[str],
    changes: Sequence[Steps],
) -> Sources:
    """Return the sources of one lead as those of several, each after its steps, under new ids (ascending).

    An event happens at `moment`, or as much earlier as a click takes until it is known.
    """
    leads = pd.concat([sources.leads] * len(ids), ignore_index=True)
    leads["lead_id"] = pd.Series(list(ids), dtype="str")
    dated = {prop.name for prop in sources.properties if prop.known == "history"}
    rows: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    for place, (name, steps) in enumerate(zip(ids, changes, strict=True)):
        for step in steps:
            if step.kind == "event":
                added.append(_event(step, name, moment, settings))
            elif step.name in dated and sources.changes is not None:
                rows.append(
                    {"lead_id": name, "property": step.name, "value": str(step.value), "known_from": moment}
                )  # fmt: skip
            else:
                leads.loc[place, step.name] = step.value
    events = sources.events
    if isinstance(events, EventTable):
        events = EventTable(_repeated(events.events, ids, added))
    told = None if sources.changes is None else _repeated(sources.changes, ids, rows)
    return replace(
        sources, leads=leads, outcomes=sources.outcomes.head(0), events=events, changes=told
    )


def _event(step: Step, name: str, moment: pd.Timestamp, settings: Settings) -> dict[str, Any]:
    at = moment.floor("s")
    if step.name in settings.bots.clicked and settings.bots.enabled:
        at -= pd.Timedelta(seconds=settings.bots.settle_seconds)
    return {
        "lead_id": name, "occurred_at": at, "type": step.name, "subject": step.value, "value": np.nan,
    }  # fmt: skip


def _repeated(
    table: pd.DataFrame, ids: Sequence[str], added: Sequence[dict[str, Any]]
) -> pd.DataFrame:
    """Return a lead's rows once for each id, and the added ones below them, all in the table's types."""
    parts = [table.assign(lead_id=name) for name in ids] if len(table) else [table]
    if added:
        parts.append(pd.DataFrame(list(added)).reindex(columns=table.columns).astype(table.dtypes))
    whole = pd.concat(parts, ignore_index=True)
    return whole.astype({"lead_id": "str"})


def _tier(lead: OneLead, score: float) -> str:
    return str(tier(np.array([score]), lead.thresholds)[0])


def _told(lead: OneLead, steps: Steps, now: float, score: float) -> Counterfactual:
    after = _tier(lead, score)
    points = round(float(score) - float(now), 1)
    return Counterfactual(steps, float(score), points, after, after != _tier(lead, now))


def _strongest(
    lead: OneLead, told: Sequence[Counterfactual], now: float, *, sign: int
) -> list[Counterfactual]:
    """Return the moves of one sign: those that change the tier first, then by points; one for each name."""
    wanted = [each for each in told if sign * each.points >= lead.settings.explain.min_points]
    wanted.sort(
        key=lambda each: (not each.crosses, -abs(each.points), len(each.steps[0].told or ""))
    )
    names: dict[tuple[str, ...], Counterfactual] = {}
    for each in wanted:
        names.setdefault(tuple(sorted(step.name for step in each.steps)), each)
    return list(names.values())


def _pairs(singles: Sequence[Counterfactual]) -> list[Steps]:
    """Return the best single steps two by two, an event also twice, a property only once."""
    best = sorted(singles, key=lambda each: -each.points)[:_IN_PAIRS]
    steps = [each.steps[0] for each in best]
    return [
        (one, other)
        for one, other in combinations_with_replacement(steps, 2)
        if one.kind == "event" or one.name != other.name
    ]
