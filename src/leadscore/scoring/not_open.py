"""Why a lead cannot be explained at a moment: it is not there yet, or closed."""

from __future__ import annotations

import pandas as pd

from leadscore.domain.errors import InputError
from leadscore.scoring.view import Sources


def why_not_open(
    one: Sources, lead_id: str, moment: pd.Timestamp, *, last_issued: str
) -> InputError:
    """Return why the one lead of a source is not open at a moment: an error to be raised.

    Parameters
    ----------
    last_issued
        Its last issued score, in words.
    """
    created = one.leads["created_at"].iloc[0]
    if not pd.isna(moment) and created > moment:
        return InputError(
            "not-yet-created",
            f"lead {lead_id} was created on {created:%Y-%m-%d %H:%M}Z, after {moment:%Y-%m-%d %H:%M}Z",
            fix="choose a later --as-of",
        )
    ends = one.outcomes.loc[one.outcomes["status"] != "open"]
    if not pd.isna(moment):
        ends = ends.loc[ends["closed_at"] <= moment].sort_values("closed_at", kind="stable")
    if ends.empty:
        return _never_open(one, lead_id, moment)
    last = ends.iloc[-1]
    when = "" if pd.isna(last["closed_at"]) else f" on {last['closed_at']:%Y-%m-%d %H:%M}Z"
    why = "" if pd.isna(last["reason"]) else f" ({last['reason']})"
    return InputError(
        "closed-lead",
        f"lead {lead_id} was {last['status']}{when}{why}; {last_issued}",
        fix="choose an --as-of while it was open" if when else "only open leads are explained",
    )


def _never_open(one: Sources, lead_id: str, moment: pd.Timestamp) -> InputError:
    if one.outcomes.empty:
        return InputError(
            "no-outcome",
            f"nothing says whether lead {lead_id} is open, won or lost, so it is not scored",
            fix="give it a status in the export, or see data/tables/rejected.parquet for why its row was refused",
        )
    opened = one.outcomes["opened_at"].min()
    return InputError(
        "not-yet-open",
        f"lead {lead_id} is not open at {moment:%Y-%m-%d %H:%M}Z; its first deal opens on {opened:%Y-%m-%d %H:%M}Z",
        fix="choose a later --as-of",
    )
