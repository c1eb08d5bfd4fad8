"""What people said of the scores: reps' verdicts against the score they saw, and customers' NPS."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leadscore.history.log import DAY, to_seconds
from leadscore.metrics import Figure, mean, row_rate, too_few
from leadscore.review.quarter.joined import LOOK, MATURED, Joined
from leadscore.review.quarter.rows import (
    Measure,
    Row,
    Table,
    by_score,
    by_segment,
    conversion,
    row,
)

VERDICTS = ("overrated", "right", "underrated")


def verdicts_on_scores(joined: Joined, feedback: pd.DataFrame) -> pd.DataFrame:
    """Return the quarter's verdicts, each beside the last score the rep could have seen.

    Parameters
    ----------
    feedback
        lead_id, occurred_at, verdict.

    Returns
    -------
    DataFrame, grain a verdict: lead_id, occurred_at, verdict, and as_of, score, probability, tier,
    band of the score (null where the lead had none before).
    """
    quarter = joined.quarter
    inside = (feedback["occurred_at"] >= quarter.start) & (feedback["occurred_at"] < quarter.end)
    said = feedback.loc[inside].sort_values(["occurred_at", "lead_id"], kind="stable")
    seen = joined.looks[[*[name for name in LOOK if name != "explore"], "band"]]
    return pd.merge_asof(
        said, seen.sort_values("as_of", kind="stable"), left_on="occurred_at", right_on="as_of", by="lead_id"
    )  # fmt: skip


def feedback_table(joined: Joined, verdicts: pd.DataFrame, measure: Measure) -> Table:
    """Return shares overrated and underrated per tier and band, and what leads came to by verdict.

    Parameters
    ----------
    verdicts
        As `verdicts_on_scores` returns them.
    """
    scored = verdicts.loc[verdicts["score"].notna()]
    rows = [
        row("feedback", f"share_{verdict}", group, _share_said(inside, verdict, measure))
        for group, inside in by_score(scored, measure)
        for verdict in ("overrated", "underrated")
    ]
    rows += _conversion_by_verdict(joined, scored, measure)
    notes = [
        "Each verdict stands beside the last score before it; reps choose on which leads they give one."
    ]
    if without := len(verdicts) - len(scored):
        notes.append(
            f"{without:,} verdicts are on leads without a score before them and are left out."
        )
    if strange := int((~scored["verdict"].isin(VERDICTS)).sum()):
        notes.append(
            f"{strange:,} verdicts say neither {', '.join(VERDICTS[:2])} nor {VERDICTS[2]}."
        )
    if not len(verdicts):
        notes = ["No verdict was given in this quarter."]
    return Table("feedback", rows, tuple(notes))


def satisfaction(joined: Joined, nps: pd.DataFrame, measure: Measure) -> Table:
    """Return the NPS (share of 9 and 10 less share of 0 to 6, in points) per tier, band and segment.

    Parameters
    ----------
    nps
        lead_id, occurred_at, nps; of a lead's answers after its first score of the quarter the last counts.
    """
    asked = joined.first.merge(nps, on="lead_id", how="inner")
    answers = asked.loc[asked["occurred_at"] > asked["as_of"]].sort_values(
        ["occurred_at", "lead_id"], kind="stable"
    )
    last = answers.drop_duplicates("lead_id", keep="last")
    groups = [*by_score(last, measure), *by_segment(joined, last)]
    rows = [row("nps", "nps", group, _nps(inside, measure)) for group, inside in groups]
    told = "Customers who answered after the score; those who do not answer may think otherwise."
    return Table("nps", rows, (told if len(last) else "No customer of these leads has answered.",))


def _share_said(verdicts: pd.DataFrame, verdict: str, measure: Measure) -> Figure:
    least = measure.review.min_leads
    if not len(verdicts):
        return too_few(0, 0, min_leads=least)
    said = (verdicts["verdict"] == verdict).astype("float64")
    return row_rate(said, cluster=verdicts["lead_id"].astype(object), min_leads=least)


def _conversion_by_verdict(joined: Joined, scored: pd.DataFrame, measure: Measure) -> list[Row]:
    """Return the share won by a lead's last verdict, of matured leads that were open when it was given."""
    matured = joined.first.loc[joined.first["standing"] == MATURED]
    after = matured["closed_after_days"].fillna(np.inf).to_numpy() * DAY
    of_lead = matured.assign(closing=to_seconds(matured["as_of"]) + after)
    told = scored[["lead_id", "occurred_at", "verdict"]].merge(of_lead, on="lead_id", how="inner")
    before = told.loc[to_seconds(told["occurred_at"]) < told["closing"].to_numpy()]
    last = before.drop_duplicates("lead_id", keep="last")
    return [
        row("feedback", "conversion", ("verdict", verdict),
            conversion(last.loc[last["verdict"] == verdict], measure))
        for verdict in VERDICTS
    ]  # fmt: skip


def _nps(answers: pd.DataFrame, measure: Measure) -> Figure:
    score = answers["nps"].to_numpy(dtype=np.float64)
    promoters, detractors = score >= 9, score <= 6
    points = 100.0 * (promoters.astype(np.float64) - detractors.astype(np.float64))
    return mean(points, n_counted=int(promoters.sum()), **measure.draws)
