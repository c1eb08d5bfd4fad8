"""From looks with outcomes to a proposal: evidence of the old rules, a learned grid, both judged later.

What is judged is exactly what is proposed: it is learned on what was known before the later window
opened, and not again on that window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.rules import Bands as Tiers
from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings, Thresholds
from leadscore.history.features import Feature
from leadscore.history.splits import TEST
from leadscore.scoring.grid.decay.half_lives import LearnedDecay
from leadscore.scoring.grid.decay.rules import RuleDecay
from leadscore.scoring.grid.learning.criteria import (
    column_of,
    new_criteria,
    own_rules,
    refaded_rules,
)
from leadscore.scoring.grid.learning.evidence import RuleEvidence, Seen, rule_evidence
from leadscore.scoring.grid.learning.fading import beside_rules, half_lives_of, refaded
from leadscore.scoring.grid.learning.judging import (
    Gap,
    Judgement,
    curve_of,
    judgements,
    tiers_of,
)
from leadscore.scoring.grid.learning.looks import Looks, as_if_in_force, scores_at
from leadscore.scoring.grid.learning.points import Ends
from leadscore.scoring.grid.learning.proposal import (
    Change,
    Looked,
    proposed_grid,
    proposed_rules,
    same_share_cells,
)
from leadscore.scoring.grid.learning.recipe import RIDGE, LearnedGrid, learn
from leadscore.scoring.grid.learning.selection import Pool
from leadscore.scoring.grid.points import GridScore
from leadscore.scoring.view import Sources

Float = npt.NDArray[np.float64]
WRITTEN, LEARNED, MODEL = "hand-written", "learned", "model"


@dataclass(frozen=True)
class Pooled:
    """Candidates with their values at all looks, and what the rules of the day say of them.

    `score` has a column of `trace` per rule in force on the day, as if it always had been; `decay` is
    what outcomes say of half-lives, None without dated events, `fading` the same beside the rules.
    """

    pool: Pool
    grid: Grid
    score: GridScore
    decay: LearnedDecay | None
    fading: tuple[RuleDecay, ...]

    @property
    def shares(self) -> Float:
        """Points given over the rule's points: float64[n, n_rules]."""
        points = np.array([rule.points for rule in self.grid.rules], dtype=np.float64)
        return np.asarray(self.score.trace / points)

    def at(self, rows: npt.NDArray[np.intp]) -> Pool:
        """Return the candidates at some looks, leads numbered anew."""
        return Pool(
            self.pool.candidates,
            tuple(column.iloc[rows].reset_index(drop=True) for column in self.pool.columns),
            self.pool.y[rows],
            pd.factorize(self.pool.lead[rows])[0].astype(np.int64),
        )


@dataclass(frozen=True)
class Proposal:
    """What `grid learn` says.

    Attributes
    ----------
    old, day
        The grid in force, and the day the new version begins.
    evidence
        The old rules before outcomes known when the later window opened.
    decay, fading
        Half-lives learned from the same outcomes, and how the old rules' decay stands to them.
    learned, new, changes, tiers_told
        The learned points, the new grid, the diff, how hot and warm came. With `why_not` there is no
        new grid, and learned points only where they are in doubt.
    figures, gaps
        On the later window: hand-written, learned, and the model where there is one.
    """

    old: Grid
    day: date
    evidence: tuple[RuleEvidence, ...]
    decay: LearnedDecay | None
    fading: tuple[RuleDecay, ...]
    learned: LearnedGrid | None
    new: Grid | None
    changes: tuple[Change, ...]
    tiers_told: str
    figures: tuple[Judgement, ...]
    gaps: tuple[Gap, ...]
    why_not: str | None


def pooled(
    looks: Looks,
    sources: Sources,
    features: Sequence[Feature],
    grid: Grid,
    settings: Settings,
    *,
    day: date,
) -> Pooled:
    """Return every candidate's values at every look: rules as they are and faded anew, new criteria.

    Half-lives are learned from what was known before the later window, like everything else.
    """
    decay = half_lives_of(looks, sources, grid, settings, day=day)
    fading = beside_rules(decay, grid, day=day)
    faded_anew = refaded_rules(refaded(fading, grid, day=day))
    today = as_if_in_force(grid, day)
    rules = [c.rule for c in faded_anew if c.rule is not None]
    anew = today.model_copy(update={"rules": rules})
    score, other = scores_at(looks.table, sources, [today, as_if_in_force(anew, day)], settings)
    shares = {rule.id: score.trace[:, i] / rule.points for i, rule in enumerate(today.rules)}
    shares |= {c.name: other.trace[:, i] / rules[i].points for i, c in enumerate(faded_anew)}
    candidates = (
        *own_rules(grid, day),
        *faded_anew,
        *new_criteria(
            grid,
            features,
            sources.properties,
            event_labels=sources.event_labels,
            engagement_types=sources.engagement_types,
        ),
    )
    columns = tuple(column_of(candidate, looks.table, shares) for candidate in candidates)
    return Pooled(Pool(candidates, columns, looks.y, looks.lead), today, score, decay, fading)


def propose(
    looks: Looks,
    known: Pooled,
    grid: Grid,
    settings: Settings,
    *,
    day: date,
    thresholds: Thresholds,
    anchor: float | None = None,
    p_model: Float | None = None,
) -> Proposal:
    """Learn before the later window, judge on it, and say what would change.

    Parameters
    ----------
    thresholds, anchor
        In force: they say which chance is hot and warm. Without an anchor the share won is taken.
    p_model
        float64[n_test] probabilities of the model on the later window, out of time.
    """
    rows = np.flatnonzero(looks.windows.known_before_test)
    evidence = tuple(_evidence(looks, known, settings, rows))
    teaches = rows[~known.score.disqualified[rows]]
    learned = learn(
        known.at(teaches), settings.grid.learn, Ends.of(grid), written=known.score.points[teaches]
    )
    points = {WRITTEN: known.score.points}
    if isinstance(learned, LearnedGrid):
        own = learned.points(known.pool.columns)
        points[LEARNED] = np.where(known.score.disqualified, 0.0, own)
    curves = {name: curve_of(of_look, looks, settings) for name, of_look in points.items()}
    test = looks.windows.rows(TEST)
    opinions = {name: curve.apply(points[name][test]) for name, curve in curves.items()}
    opinions |= {} if p_model is None else {MODEL: p_model}
    figures, gaps = judgements(opinions, looks, settings)
    judged = Proposal(
        grid, day, evidence, known.decay, known.fading, None, None, (), "",
        tuple(figures), tuple(gaps), str(learned),
    )  # fmt: skip
    if not isinstance(learned, LearnedGrid):
        return judged
    if learned.doubt is not None:
        return replace(judged, learned=learned, why_not=learned.doubt)
    anchor, reach = anchor or float(looks.y[rows].mean()), _reach(learned)
    tiers, told = tiers_of(curves[LEARNED], settings, thresholds, anchor=anchor, reach=reach)
    new, changes = _new_grid(known, grid, learned, evidence, rows, settings, day, (tiers, told))
    return replace(
        judged, learned=learned, new=new, changes=tuple(changes), tiers_told=told, why_not=None
    )


def _new_grid(
    known: Pooled,
    grid: Grid,
    learned: LearnedGrid,
    evidence: Sequence[RuleEvidence],
    rows: npt.NDArray[np.intp],
    settings: Settings,
    day: date,
    tiers: tuple[Tiers, str],
) -> tuple[Grid, list[Change]]:
    """Return the new version and the diff; `rows` are the looks it was learned on."""
    source = f"learned from {learned.n_leads:,} leads, {learned.n_won:,} won"
    rules, changes = proposed_rules(grid, learned, evidence, day=day, known=source)
    fit, engagement = learned.group_points([column.iloc[rows] for column in known.pool.columns])
    looked = Looked(known.score.fit[rows], known.score.engagement[rows], fit, engagement)
    cells = same_share_cells(grid, looked, round_to=settings.grid.learn.round_to)
    told = f"Points {source}; {tiers[1]}."
    return proposed_grid(grid, rules, day=day, tiers=tiers[0], cells=cells, told=told), changes


def _evidence(
    looks: Looks, known: Pooled, settings: Settings, rows: npt.NDArray[np.intp]
) -> list[RuleEvidence]:
    asked = settings.grid.learn
    seen = Seen(
        looks.y[rows],
        pd.factorize(looks.lead[rows])[0].astype(np.int64),
        min_leads=asked.band_leads,
        n_resamples=settings.review.bootstrap,
        seed=settings.seed,
        ridge=RIDGE,
        n_folds=asked.folds,
    )
    return rule_evidence(
        known.grid.rules, known.shares[rows], seen, lacking=known.score.not_evaluable
    )


def _reach(learned: LearnedGrid) -> int:
    """Return the most points a lead can have: of each criterion its best band, groups capped."""
    total = {"fit": 0, "engagement": 0}
    for got, points in zip(learned.selected.criteria, learned.rounded.points, strict=True):
        times = 1
        rule = got.candidate.rule
        if rule is not None and rule.each_time is not None:
            times = rule.each_time.max
        total[got.candidate.group] += max(0, int(points.max()) * times)
    ends = learned.ends
    return int(
        min(100, min(total["fit"], ends.fit[1]) + min(total["engagement"], ends.engagement[1]))
    )
