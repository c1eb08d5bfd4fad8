"""What working came to by tier, and the sample of cold leads that were to be worked all the same.

Sales works whom the score puts first. So a difference between worked and not worked leads is no effect
of working alone; only the exploration sample was drawn by chance.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from leadscore.domain.schemas import TIERS
from leadscore.history.log import DAY, EventLog, to_seconds
from leadscore.metrics import gap
from leadscore.review.quarter.joined import MATURED, Joined
from leadscore.review.quarter.rows import Measure, Row, Table, conversion, row, share

CHOSEN = (
    "Whom sales works was chosen by the score and by what reps knew besides: the difference between worked "
    "and not worked leads of a tier is no proof of what working does."
)
NO_SAMPLE = (
    "No exploration sample is marked on these scores, so what cold leads would be worth if sales worked "
    "them is not known: few work them, and few are won."
)


def sales_acts(log: EventLog, types: Collection[str], leads: Collection[str]) -> pd.DataFrame:
    """Return lead_id and `acted` (epoch seconds) of events of some types, of some leads, sorted by both."""
    wanted = [i for i, name in enumerate(log.types) if name in types]
    row_of_event = np.flatnonzero(np.isin(log.type_code, wanted))
    lead = log.lead_ids[np.searchsorted(log.start, row_of_event, side="right") - 1]
    acts = pd.DataFrame({"lead_id": pd.Series(lead, dtype="str"), "acted": log.time[row_of_event]})
    return acts.loc[acts["lead_id"].isin(list(leads))].reset_index(drop=True)


def with_worked(joined: Joined, acts: pd.DataFrame, *, days: int) -> pd.DataFrame:
    """Return matured first looks with `is_worked`: sales acted within `days` after the score, before it closed.

    Parameters
    ----------
    acts
        lead_id, acted (epoch seconds).
    """
    looks = joined.first.loc[joined.first["standing"] == MATURED]
    at = to_seconds(looks["as_of"])
    first = pd.merge_asof(
        looks.assign(at=at, place=np.arange(len(looks))).sort_values("at", kind="stable"),
        acts.sort_values("acted", kind="stable"),
        left_on="at", right_on="acted", by="lead_id", direction="forward", allow_exact_matches=False,
    ).sort_values("place", ignore_index=True)  # fmt: skip
    closing = first["at"] + first["closed_after_days"].fillna(np.inf) * DAY
    in_time = first["acted"] <= np.minimum(first["at"] + days * DAY, closing)
    return first.drop(columns=["at", "place", "acted"]).assign(is_worked=in_time)


def working(worked: pd.DataFrame, measure: Measure) -> Table:
    """Return per tier the share worked, and the share won of worked and of other leads with the difference.

    Parameters
    ----------
    worked
        As `with_worked` returns them; those marked for exploration are left out.
    """
    days = measure.review.worked_days
    chosen = worked.loc[worked["explore"] != 1]
    rows: list[Row] = []
    for level in TIERS:
        inside = chosen.loc[chosen["tier"] == level]
        rows.append(
            row("working", "share_worked", ("tier", level), share(inside["is_worked"], measure))
        )
        rows += _compared("working", ("tier", level), inside, inside["is_worked"], measure)
    note = (
        f"Worked: a sales activity within {days} days after the score and before the lead closed."
    )
    return Table("working", rows, (note, CHOSEN))


def exploration(worked: pd.DataFrame, measure: Measure) -> Table:
    """Return what the cold leads marked for exploration came to, beside the other cold ones."""
    cold = worked.loc[(worked["tier"] == "cold") & worked["explore"].notna()]
    if not bool((cold["explore"] == 1).any()):
        return Table("exploration", [], (NO_SAMPLE,))
    marked = cold["explore"] == 1
    rows = _compared("exploration", ("tier", "cold"), cold, marked, measure)
    followed = cold.loc[marked, "is_worked"]
    rows.append(row("exploration", "share_worked", ("tier", "cold"), share(followed, measure)))
    return Table("exploration", rows, (
        "Marked leads were drawn by chance among the cold ones, so the difference is one of working them "
        "as far as sales did so: the share worked says how far.",
    ))  # fmt: skip


def _compared(
    table: str, group: tuple[str, str], looks: pd.DataFrame, is_one: pd.Series, measure: Measure
) -> list[Row]:
    """Return the share won of the one kind, of the others, and the difference."""
    kinds = ("worked", "not_worked") if table == "working" else ("marked", "not_marked")
    one, other = conversion(looks.loc[is_one], measure), conversion(looks.loc[~is_one], measure)
    return [
        row(table, f"conversion_{kinds[0]}", group, one),
        row(table, f"conversion_{kinds[1]}", group, other),
        row(table, "difference", group, gap(one, other)),
    ]
