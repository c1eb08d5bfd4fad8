"""One lead at one moment, told: its score as the night issues it, the reasons for it, and its trend.

It scores by the night's own functions, so that what is told of a lead is what was issued.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadscore.domain.settings import Settings, Thresholds
from leadscore.history.facts import Language
from leadscore.scoring import issuing
from leadscore.scoring.nightly import looks_before
from leadscore.scoring.reasoning import Reason, Reasoning
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


def standing(
    how: Reasoning,
    sources: Sources,
    look: pd.DataFrame,
    seen: View,
    settings: Settings,
    thresholds: Thresholds,
    unfit: Sequence[Unfit],
) -> Standing:
    """Score the one lead of a source at its look.

    Parameters
    ----------
    how
        Whose score it is, and how its reasons are told.
    look, seen
        One row, from `nightly.open_looks`, and what `view` built for it.
    unfit
        Segments whose percentages did not hold: their leads get no probability.
    """
    scorer, (table, grid) = how.scorer, seen
    p, chosen = issuing.explained(scorer, seen, how)
    exact = issuing.scored(scorer, grid, p)
    score = np.round(exact, 1)
    ((up, down),) = how.listed(chosen)
    is_out = bool(grid.disqualified[0])
    hidden = is_out or bool(np.any(is_unfit(table.rows, unfit)))
    earlier = _earlier(scorer, sources, settings, look)
    trend = issuing.trend_of(look["lead_id"], exact, earlier, settings.score.trend_points)
    return Standing(
        score=float(score[0]),
        tier=str(tier(score, thresholds)[0]),
        probability=None if hidden else float(p[0]),
        trend=str(trend[0]),
        earlier_score=None if earlier is None else round(float(earlier.iloc[0]), 1),
        opinion=scorer.opinion,
        reasons_for=tuple(up),
        reasons_against=tuple(down),
        language=how.language,
        is_disqualified=is_out,
    )


def _earlier(
    scorer: Scorer, sources: Sources, settings: Settings, look: pd.DataFrame
) -> pd.Series | None:
    """Return the lead's score some days ago, by its id; None where it was not open, or nothing has a date."""
    as_of: pd.Timestamp = look["as_of"].iloc[0]
    then = None if pd.isna(as_of) else looks_before(sources, settings, look, as_of=as_of)
    if then is None:
        return None
    seen = view(then, sources, scorer.grid, settings)
    score = issuing.score_of(scorer, seen, threads=settings.threads)
    return pd.Series(score, index=then["lead_id"])
