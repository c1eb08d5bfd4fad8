"""What is told of one lead, to a salesperson and to whoever checks it: plain values, and their sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from leadscore.domain.rules import Grid
from leadscore.domain.settings import Thresholds
from leadscore.review.words import number, percent, percent_spread
from leadscore.scoring.counterfactuals import Counterfactual, WhatIfs
from leadscore.scoring.explained import Standing
from leadscore.scoring.grid.tracing import LeadTrace
from leadscore.scoring.similar import Similar
from leadscore.scoring.steps import Step

TRENDS = {
    "improving": "rising",
    "declining": "falling",
    "steady": "steady",
    "not enough info": "too new for a trend",
}

_NAME = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)*\b")


@dataclass(frozen=True)
class Issued:
    """A score as it was issued: moment (UTC), score, tier, whose opinion, and the bundle's sha256."""

    as_of: pd.Timestamp
    score: float
    tier: str
    opinion: str
    bundle_sha256: str


@dataclass(frozen=True)
class LeadTold:
    """One lead at one moment.

    Attributes
    ----------
    lead_id, source, as_of
        The lead, the mapping it comes from, and the moment (UTC; null for a source without dates).
    standing
        Its score and the reasons, as the night issues them.
    thresholds, decision_id, bundle_sha256
        What the score was made with.
    history
        Issued scores, oldest first.
    similar
        How many leads scored alike were won.
    grid, trace
        The manual grid that serves the lead, and what each of its rules says.
    what_ifs
        What would raise or lower the score.
    labels
        Property or event type -> its words.
    notes
        What a reader must know: no champion, no events, ids that differ in case.
    """

    lead_id: str
    source: str
    as_of: pd.Timestamp
    standing: Standing
    thresholds: Thresholds
    decision_id: str
    bundle_sha256: str
    history: Sequence[Issued]
    similar: Similar
    grid: Grid
    trace: LeadTrace
    what_ifs: WhatIfs
    labels: Mapping[str, str]
    notes: Sequence[str]

    @property
    def moment(self) -> str:
        """The moment in words."""
        return "as exported" if pd.isna(self.as_of) else f"{self.as_of:%Y-%m-%d %H:%M} UTC"


def score_words(score: float) -> str:
    """Return a score as it is issued, with one decimal."""
    return number(score, "{:.1f}")


def distance_sentence(told: LeadTold) -> str:
    """Say how far the score is from the tier above, or how far above the threshold of the hottest."""
    score, cuts = told.standing.score, told.thresholds
    if told.standing.tier == "hot":
        return (
            f"{number(score - cuts.hot, '{:.1f}')} points above hot, which begins at {cuts.hot:g}"
        )
    tier, cut = ("hot", cuts.hot) if told.standing.tier == "warm" else ("warm", cuts.warm)
    return f"{number(cut - score, '{:.1f}')} points below {tier}, which begins at {cut:g}"


def trend_sentence(told: LeadTold, *, days: int) -> str:
    """Say where the score was some days ago, by the same scorer."""
    standing = told.standing
    if standing.earlier_score is None:
        return TRENDS["not enough info"]
    return f"{TRENDS[standing.trend]}, from {score_words(standing.earlier_score)} in {days} days"


def chance_sentence(told: LeadTold) -> str:
    """Say the probability, or why there is none."""
    standing = told.standing
    if standing.probability is not None:
        return f"chance of a win {percent(standing.probability)}"
    if standing.is_disqualified:
        return "no chance is told: a rule of the grid disqualifies the lead"
    return "no chance is told: percentages did not come true for leads like this one"


def opinion_sentence(told: LeadTold) -> str:
    """Say whose score it is, and what the reasons rest on."""
    said = {
        "model": "The model leads: the reasons are what it has learned, in score points.",
        "grid": "The manual grid leads: the reasons are its rules, in points of the grid.",
        "base_rate": "Nobody leads: every lead has the base rate, so there is no reason to give.",
    }
    return said[told.standing.opinion]


def similar_sentence(told: LeadTold) -> str:
    """Say how many of the leads scored alike were won, with n and interval, or that they are too few."""
    similar = told.similar
    figure = similar.figure.to_dict()
    around = "leads"
    if similar.within is not None:
        around = f"leads scored within {similar.within:g} points of {score_words(similar.score)}"
    if figure["value"] is None:
        return f"{figure['n']:,} other {around}: too few for a rate"
    ends = percent_spread(figure).replace("\N{NO-BREAK SPACE}", " ")
    share = f"{percent(figure['value'])} of {figure['n']:,} other {around} were won (95% {ends})"
    return share if similar.horizon_days is None else f"{share} within {similar.horizon_days} days"


def similar_basis(told: LeadTold) -> str:
    """Say what the rate of similar leads rests on."""
    if told.similar.within is None:
        return "Each counted once, by its first look; the base rate scores all alike."
    if told.similar.basis == "own":
        return "Each counted once, by its first look so scored, out of time: by what had not seen its outcome."
    return (
        "Each counted once, by its first look so scored, by the newest training: "
        "the champion that scores is another one."
    )


def step_words(step: Step) -> str:
    """Return a step in words: ``Demo requested``, ``Employees: 120``."""
    return step.label if step.told is None else f"{step.label}: {step.told}"


def what_if_words(told: Counterfactual) -> str:
    """Return what happens, of two steps both: ``Demo requested, twice``."""
    names = [step_words(step) for step in told.steps]
    if len(names) == 2 and names[0] == names[1]:
        return f"{names[0]}, twice"
    return ", then ".join(names)


def what_if_sentence(told: Counterfactual) -> str:
    """Say what the score would be: ``would make it 81.0, hot``; ``would make it 62.1, still warm``."""
    still = "" if told.crosses else "still "
    return f"would make it {score_words(told.score)}, {still}{told.tier}"


def evidence_words(line: str, labels: Mapping[str, str]) -> str:
    """Return a line of a rule's evidence with the names of properties and event types in words.

    Examples
    --------
    >>> evidence_words('industry is "Retail"', {"industry": "Industry"})
    'Industry: Retail'
    >>> evidence_words("no demo_request in 30 days", {"demo_request": "Demo requested"})
    'no “Demo requested” in 30 days'
    """
    name, said, text = line.partition(" is ")
    if said and name.isidentifier():
        return f"{labels.get(name, name)}: {text.strip(chr(34))}"
    told = _NAME.sub(lambda at: f"“{labels[at[0]]}”" if at[0] in labels else at[0], line)
    return told.replace("” or “", "”, “")


def raising_sentence(told: LeadTold) -> str:
    """Say what was tried, where nothing would raise the score or reach the next tier; else what it means."""
    tried, up = told.what_ifs, told.what_ifs.raising
    if told.standing.opinion == "base_rate":
        return "Nothing moves the score: every lead has the base rate."
    if not up:
        return f"None of {tried.tried} single steps would raise the score enough to be told."
    if told.standing.tier == "hot" or any(each.crosses for each in up):
        return f"The strongest of {tried.tried} steps tried; each was scored anew."
    return (
        f"None of {tried.tried} steps, nor two of the best together, would reach the next tier; "
        "each was scored anew."
    )


# What no reader of a counterfactual may forget.
CAUTION = (
    "A step tells what the score would be, not what causes a win: leads who took it were won more or "
    "less often. A step done only to raise the score makes the score worse."
)
