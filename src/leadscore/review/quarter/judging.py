"""Decisions held against what they promised: expected when signed, and what came of the scores issued under them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leadscore.domain.marts import JUDGED, MEASURES
from leadscore.domain.quarters import Quarter
from leadscore.domain.settings import Thresholds, ThresholdSettings
from leadscore.history.labels import label
from leadscore.history.log import DAY, to_seconds
from leadscore.metrics import Figure, gap, too_few, without_interval
from leadscore.review.effect import expected_effect
from leadscore.review.evidence import Evidence
from leadscore.review.quarter.joined import Horizon, is_open
from leadscore.review.quarter.rows import Measure
from leadscore.scoring.thresholds import Decision

HELD, CHANCE, NOT_HELD, TOO_EARLY, TOO_FEW, NONE_KEPT = JUDGED
VOLUMES = ("hot_leads", "warm_leads")


@dataclass(frozen=True)
class Judgement:
    """One measure of a decision in a quarter.

    Attributes
    ----------
    expected
        As kept when it was signed; None where nothing was.
    came
        The same measure over the scores issued under it, `nights` of them.
    difference
        Came minus expected.
    verdict
        One of `domain.marts.JUDGED`.
    """

    decision: Decision
    measure: str
    expected: Figure | None
    came: Figure
    difference: Figure
    nights: int
    verdict: str

    def row(self) -> dict[str, Any]:
        """Return it as a row of the mart, source and quarter apart."""
        expected = self.expected or without_interval(NONE_KEPT, n=0, n_won=0)
        figures = {"expected": expected, "came": self.came, "difference": self.difference}
        ends = {
            f"{name}{end}": value
            for name, each in figures.items()
            for end, value in (("", each.value), ("_low", each.low), ("_high", each.high))
        }
        decision = self.decision
        return {
            "decision_id": decision.id, "decided_on": decision.decided_on, "hot": decision.hot,
            "warm": decision.warm, "measure": self.measure, **ends, "n_leads": self.came.n,
            "n_won": self.came.n_won, "nights": self.nights, "verdict": self.verdict,
            "why_no_interval": self.came.why_no_interval,
        }  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """All judgements of a quarter, and what has to be said beside them."""

    judgements: tuple[Judgement, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Issued:
    """What was issued in a quarter, and what became of it.

    `looks` has lead_id, as_of, score and decision_id, those of the quarter only; `leads` and `outcomes` are
    today's export.
    """

    looks: pd.DataFrame
    leads: pd.DataFrame
    outcomes: pd.DataFrame
    quarter: Quarter
    horizon: Horizon


def judge(
    issued: Issued, decisions: Sequence[Decision], settings: ThresholdSettings, measure: Measure
) -> Judged:
    """Hold each decision against the scores issued under it: volumes on all nights, outcomes on matured ones.

    One night a week counts, the first, as in the evidence that the expectation was replayed on. Leads that
    are gone from the export, or were closed before their score, are left out.
    """
    looks = _with_outcomes(issued)
    known = {each.id: each for each in decisions}
    judgements: list[Judgement] = []
    for id_, own in looks.groupby("decision_id", sort=True):
        if str(id_) in known:
            judgements += _of_decision(known[str(id_)], own, issued.horizon, settings, measure)
    without = [
        f"Under decision {each.id} of {each.decided_on} no score was issued in {issued.quarter.name}."
        for each in _in_force_in(decisions, issued.quarter)
        if each.id not in set(looks["decision_id"])
    ]
    return Judged(tuple(judgements), (*_NOTES, *without) if judgements else tuple(without))


_NOTES = (
    "Of the scores issued under a decision one night a week counts, the first, as in the replay that was signed; "
    "leads a week on all of these nights, the rest on those whose horizon is over.",
    "Held: what came lies within the interval expected. Leads a week also follow how many leads are open, which no "
    "threshold decides.",
)  # fmt: skip


def _with_outcomes(issued: Issued) -> pd.DataFrame:
    """Return the first night of each week with labels, as evidence is read."""
    looks, horizon = issued.looks, issued.horizon
    seconds = to_seconds(looks["as_of"])
    week = (seconds // DAY - 4) // 7  # weeks from Monday; the epoch was a Thursday
    first = pd.Series(seconds).groupby([week, looks["decision_id"].to_numpy()]).transform("min")
    looks = looks.loc[seconds == first.to_numpy()].reset_index(drop=True)
    told = set(issued.leads["lead_id"]) & set(issued.outcomes["lead_id"])
    there = looks["lead_id"].isin(list(told)).to_numpy()
    looks = looks.loc[there & is_open(looks, issued.leads, issued.outcomes)]
    labelled = label(
        looks, issued.outcomes, horizon_days=horizon.days, until=horizon.until, several=horizon.several,
    )  # fmt: skip
    return labelled.assign(order=to_seconds(labelled["as_of"]), p_issued=np.nan)


def _in_force_in(decisions: Sequence[Decision], quarter: Quarter) -> list[Decision]:
    """Return the decisions in force on some day of a quarter, oldest first."""
    first, end = (f"{day:%Y-%m-%d}" for day in (quarter.start, quarter.end))
    until = [*(each.decided_on for each in decisions[1:]), "9999-12-31"]
    return [
        each
        for each, ended in zip(decisions, until, strict=True)
        if each.decided_on < end and ended > max(first, each.decided_on)
    ]


def _of_decision(
    decision: Decision, looks: pd.DataFrame, horizon: Horizon, settings: ThresholdSettings,
    measure: Measure,
) -> list[Judgement]:  # fmt: skip
    """Return a judgement for each measure."""
    mature = looks.loc[looks["is_mature"]]
    counted = looks.assign(label=looks["label"].fillna(0.0))
    volumes = _measured(counted, decision.thresholds, settings, measure)
    first = looks["as_of"].min() + pd.Timedelta(days=horizon.days)
    early = f"{TOO_EARLY}: the first night matures on {first:%Y-%m-%d}"
    nothing = without_interval(early, n=looks["lead_id"].nunique(), n_won=0)
    outcomes = (
        _measured(mature, decision.thresholds, settings, measure)
        if len(mature)
        else dict.fromkeys(MEASURES, nothing)
    )
    found = []
    for name in MEASURES:
        base, came = (looks, volumes[name]) if name in VOLUMES else (mature, outcomes[name])
        expected = _expected(decision, name)
        difference = (
            without_interval(NONE_KEPT, n=came.n, n_won=came.n_won)
            if expected is None
            else gap(came, expected)
        )
        verdict = verdict_of(expected, came, difference)
        nights = int(base["as_of"].nunique())
        found.append(Judgement(decision, name, expected, came, difference, nights, verdict))
    return found


def verdict_of(expected: Figure | None, came: Figure, difference: Figure) -> str:
    """Return whether what came lies within what was expected, and if not, whether that may be chance."""
    if expected is None:
        return NONE_KEPT
    if not math.isfinite(came.value):
        return TOO_EARLY if (came.why_no_interval or "").startswith(TOO_EARLY) else TOO_FEW
    if expected.low <= came.value <= expected.high:
        return HELD
    is_sure = difference.low > 0 or difference.high < 0
    return NOT_HELD if is_sure else CHANCE


def _expected(decision: Decision, name: str) -> Figure | None:
    kept = decision.expected
    ends = None if kept is None else getattr(kept, name)
    if kept is None or ends is None:
        return None
    is_share = name.startswith("won_")
    if not is_share and kept.per != "week":
        return None
    value, low, high = ends
    return Figure(value, low, high, kept.n_leads, 0)


def _measured(
    looks: pd.DataFrame, thresholds: Thresholds, settings: ThresholdSettings, measure: Measure
) -> dict[str, Figure]:
    """Return each measure of some looks under the thresholds they were issued by, or "too few"."""
    evidence = Evidence.from_table(looks, as_of=None, half_life_days=settings.half_life_days)
    least = measure.review.min_leads
    if evidence.n_leads < least:
        few = too_few(evidence.n_leads, evidence.n_won, min_leads=least)
        return dict.fromkeys(MEASURES, few)
    effect = expected_effect(
        evidence, settings, in_force=thresholds, considered=thresholds,
        n_resamples=measure.review.bootstrap, seed=measure.seed,
    )  # fmt: skip
    return {name: each.in_force for name, each in zip(MEASURES, effect, strict=True)}
