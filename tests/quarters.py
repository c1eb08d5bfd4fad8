"""Quarters in miniature: scores, outcomes and answers as text tables, joined and measured."""

import numpy as np
import pandas as pd

from leadscore.domain.quarters import Quarter
from leadscore.review.quarter.fading import Fading
from leadscore.review.quarter.joined import Horizon, join
from leadscore.review.quarter.rows import Measure
from leadscore.review.quarter.tables import Heard, quarter_tables
from tests import fakes
from tests.tables import times

Q1 = Quarter(2026, 1)
UNTIL = fakes.utc("2026-07-01")


def measure(**review):
    chosen = {
        "min_leads": 2, "bands": [50.0, 70.0], "bootstrap": 100, "segments": ["channel"],
        "inactive_days": [7.0, 30.0],
    }  # fmt: skip
    return Measure(fakes.settings(review=chosen | review).review, seed=1)


def scores(text):
    """Columns ``lead_id | as_of | score`` and, if needed, ``p`` and ``explore`` (1, 0, empty); 70 is hot, 50 warm."""
    rows = fakes.rows(text)
    points = np.array([float(r["score"]) for r in rows])
    numbers = {
        name: np.array([float(r.get(name) or "nan") for r in rows]) for name in ("p", "explore")
    }
    return pd.DataFrame(
        {
            "lead_id": pd.Series([r["lead_id"] for r in rows], dtype="str"),
            "as_of": times(r["as_of"] for r in rows),
            "score": points,
            "probability": numbers["p"],
            "tier": pd.Series(
                np.select([points >= 70, points >= 50], ["hot", "warm"], "cold"), dtype="str"
            ),
            "explore": numbers["explore"],
        }
    )


def deals(text):
    """Columns ``lead_id | status | closed_at`` and, if needed, ``opened_at`` and ``amount``."""
    amounts = [float(r.get("amount") or "nan") for r in fakes.rows(text)]
    return fakes.outcomes(text).assign(amount=amounts)


def joined(issued, outcomes, *, until=UNTIL, horizon_days=90, basis="issued", channel=None):
    """Join scores with outcomes; `channel` maps lead ids to words."""
    ids = outcomes["lead_id"].drop_duplicates()
    created = times(["2020-01-01"] * len(ids))
    leads = pd.DataFrame({"lead_id": ids.to_numpy(), "created_at": created}).astype(
        {"lead_id": "str"}
    )
    both = join(
        issued, leads, outcomes, quarter=Q1, basis=basis,
        horizon=Horizon(horizon_days, "first", until), bands=[50.0, 70.0],
    )  # fmt: skip
    if channel is None:
        return both
    words = both.first["lead_id"].map(channel).astype("str")
    return both.with_segments(pd.DataFrame({"channel": words}))


def said(text, column):
    """Columns ``lead_id | occurred_at`` and the one named: a verdict, or an answer from 0 to 10."""
    rows = fakes.rows(text)
    values = [r[column] for r in rows]
    return pd.DataFrame(
        {
            "lead_id": pd.Series([r["lead_id"] for r in rows], dtype="str"),
            "occurred_at": times(r["occurred_at"] for r in rows),
            column: pd.Series(values, dtype="str")
            if column == "verdict"
            else np.array(values, dtype=np.float64),
        }
    )


def acts(text):
    """Columns ``lead_id | acted``."""
    rows = fakes.rows(text)
    return pd.DataFrame(
        {
            "lead_id": pd.Series([r["lead_id"] for r in rows], dtype="str"),
            "acted": np.array([fakes.seconds(r["acted"]) for r in rows], dtype=np.int64),
        }
    )


def nobody(column):
    return said(f"lead_id | occurred_at | {column}\na | 2026-01-01 | 1", column).iloc[:0]


def told(both, *, feedback=None, nps=None, acted=None, inactive=None, rules=(), measured=None):
    heard = Heard(
        nobody("verdict") if feedback is None else feedback,
        nobody("nps") if nps is None else nps,
        acted,
        Fading(
            None if inactive is None else np.array(inactive), tuple(rules), "Grid tiny (2026-01-01)"
        ),
    )
    return quarter_tables(both, heard, measured or measure())


def figure(tables, name, group, level, *, table=None):
    """Return the one row of a figure and a group."""
    rows = tables.rows
    at = (rows["figure"] == name) & (rows["grouping"] == group) & (rows["level"] == level)
    if table is not None:
        at &= rows["table"] == table
    (row,) = rows.loc[at].to_dict("records")
    return row


def notes(tables, name):
    (table,) = [t for t in tables.tables if t.name == name]
    return table.notes
