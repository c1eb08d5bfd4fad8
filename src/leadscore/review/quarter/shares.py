"""Where leads stand at their last score of the quarter: share per tier and band, and who is stuck as warm."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leadscore.history.log import DAY, to_seconds
from leadscore.metrics import rate
from leadscore.review.quarter.joined import Joined
from leadscore.review.quarter.rows import Measure, Row, Table, by_score, row, share


def shares(joined: Joined, measure: Measure) -> Table:
    """Return each tier's and band's share of all leads, by their last score."""
    n, least = len(joined.last), measure.review.min_leads
    rows = [
        row("shares", "share", group, rate(len(inside), n, min_leads=least))
        for group, inside in by_score(joined.last, measure)
        if group[0] != "all"
    ]
    return Table("shares", rows)


def stuck(joined: Joined, measure: Measure) -> Table:
    """Return how many leads are warm on the quarter's last date, and how many of these have been so for too long."""
    days = warm_days(joined.looks)
    scored_last = joined.last.loc[joined.last["as_of"] == joined.last["as_of"].max()]
    last = scored_last.merge(days, how="left", on="lead_id", validate="one_to_one")
    is_warm = last["tier"] == "warm"
    too_long = (last["warm_days"] > measure.review.stuck_days) & is_warm
    rows = [row("stuck", "share_warm", ("all", "all"), share(is_warm, measure)),
            row("stuck", "share_stuck", ("all", "all"), share(too_long, measure)),
            row("stuck", "share_stuck", ("tier", "warm"), share(too_long[is_warm], measure))]  # fmt: skip
    rows += _by_segment(joined, last.assign(too_long=too_long).loc[is_warm], measure)
    note = (
        "Of the leads scored on the quarter's last date. Stuck: warm for more than "
        f"{measure.review.stuck_days} days on end, by scores alone; a stretch that began before the first "
        "score read counts from there, and days without a score count as before."
    )
    return Table("stuck", rows, (note,))


def warm_days(looks: pd.DataFrame) -> pd.DataFrame:
    """Return per lead the days from the first to the last look of the warm stretch it ends with, 0 if none.

    Parameters
    ----------
    looks
        lead_id, as_of, tier; sorted by lead and time.
    """
    at = looks.assign(at=to_seconds(looks["as_of"]), is_warm=looks["tier"] == "warm")
    last_other = at["at"].where(~at["is_warm"]).groupby(at["lead_id"]).transform("max")
    inside = at.loc[at["is_warm"] & ~(at["at"] <= last_other)]
    stretch = inside.groupby("lead_id")["at"].agg(["min", "max"])
    days = (stretch["max"] - stretch["min"]) / DAY
    leads = pd.Index(at["lead_id"].unique())
    return pd.DataFrame({"lead_id": leads, "warm_days": days.reindex(leads).fillna(0.0).to_numpy()})


def _by_segment(joined: Joined, warm: pd.DataFrame, measure: Measure) -> list[Row]:
    """Return the share stuck among the warm of each segment."""
    of_lead = joined.first.set_index("lead_id")
    rows: list[Row] = []
    for name in joined.segments:
        level = warm["lead_id"].map(of_lead[name])
        for word in sorted(level.unique()):
            inside = warm.loc[np.asarray(level == word), "too_long"]
            rows.append(row("stuck", "share_stuck", (name, str(word)), share(inside, measure)))
    return rows
