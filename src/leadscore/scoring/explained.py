"""One lead at one moment, told: its score as the night issues it, the reasons for it, and its trend.

It scores by the night's own functions, so that what is told of a lead is what was issued.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadscore.domain.settings import Settings, Thresholds
from leadscore.history import snapshots as looks_at
from leadscore.history.facts import Language
from leadscore.history.labels import label_wide
from leadscore.scoring import issuing
from leadscore.scoring.reasoning import DISQUALIFIED, Reason, Reasoning
from leadscore.scoring.reasons import Typical
from leadscore.scoring.scorer import Scorer
from leadscore.scoring.segments import Unfit, is_unfit
from leadscore.scoring.thresholds import tier
from leadscore.scoring.view import Sources, View, view


@dataclass(frozen=True)
class Standing:
    """What a lead's issued row says, as plain values.

    Attributes
    ----------
    score, tier, trend, opinion
        As issued; `earlier_score` is what `trend` compares with, None where there is none.
    probability
        None for the disqualified, and where percentages did not hold for leads like this one.
    reasons_for, reasons_against
        Strongest first, in words of `language`, with points.
    """

    score: float
    tier: str
    probability: float | None
    trend: str
    earlier_score: float | None
    opinion: str
    reasons_for: tuple[Reason, ...]
    reasons_against: tuple[Reason, ...]
    is_disqualified: bool
    language: Language = "en"


def open_look(sources: Sources, *, shape: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the look at a source's one lead, as the night takes it; no row where it is not open."""
    if shape == "wide":
        looks = label_wide(looks_at.single(sources.leads, sources.outcomes), sources.outcomes)
        looks = looks.loc[~looks["is_mature"]]
        return looks[["lead_id", "as_of", "order", "age_days"]].reset_index(drop=True)
    return looks_at.at_moment(sources.leads, sources.outcomes, as_of=as_of)


def standing(
    scorer: Scorer,
    sources: Sources,
    look: pd.DataFrame,
    seen: View,
    settings: Settings,
    thresholds: Thresholds,
    unfit: Sequence[Unfit],
    typical: Sequence[Typical] = (),
) -> Standing:
    """Score the one lead of a source at its look.

    Parameters
    ----------
    look, seen
        One row, from `open_look`, and what `view` built for it.
    unfit
        Segments whose percentages did not hold: their leads get no probability.
    typical
        What is typical in training, which reasons are compared with.
    """
    table, grid = seen
    s = settings.score
    how = Reasoning(scorer, s.reasons_per_sign, s.language, tuple(typical))
    p, chosen = issuing.explained(scorer, seen, how)
    exact = issuing.scored(scorer, grid, p)
    score = float(np.round(exact, 1)[0])
    ((up, down),) = how.listed(chosen)
    is_out = bool(grid.disqualified[0])
    hidden = is_out or bool(np.any(is_unfit(table.rows, unfit)))
    earlier = _earlier(scorer, sources, settings, look)
    return Standing(
        score=score,
        tier=str(tier(np.array([score]), thresholds)[0]),
        probability=None if hidden else float(p[0]),
        trend=_trend(float(exact[0]), earlier, points=settings.score.trend_points),
        earlier_score=None if earlier is None else round(earlier, 1),
        opinion=scorer.opinion,
        reasons_for=tuple(up),
        reasons_against=tuple(down),
        language=s.language,
        is_disqualified=is_out,
    )


def reasons_told(standing: Standing) -> tuple[str | None, str | None]:
    """Return the reasons for and against as issued: texts, None where there are none."""
    first = [DISQUALIFIED[standing.language]] if standing.is_disqualified else []
    return (
        "; ".join(str(reason) for reason in standing.reasons_for) or None,
        "; ".join([*first, *(str(reason) for reason in standing.reasons_against)]) or None,
    )


def _earlier(
    scorer: Scorer, sources: Sources, settings: Settings, look: pd.DataFrame
) -> float | None:
    as_of: pd.Timestamp = look["as_of"].iloc[0]
    if pd.isna(as_of):
        return None
    before = as_of - pd.Timedelta(days=settings.score.trend_days)
    then = looks_at.at_moment(sources.leads, sources.outcomes, as_of=before)
    if then.empty:
        return None
    seen = view(then, sources, scorer.grid, settings)
    return float(issuing.score_of(scorer, seen, threads=settings.threads)[0])


def _trend(score: float, earlier: float | None, *, points: float) -> str:
    if earlier is None:
        return "not enough info"
    move = score - earlier
    return "improving" if move >= points else "declining" if move <= -points else "steady"
