"""Several episodes of one lead on their way in: told apart, settled where they contradict each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.ingest.intake import Intake

Mask = npt.NDArray[np.bool_]
_UP_TO_MIDNIGHT = pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)


def settle(
    intake: Intake, rows: pd.DataFrame, *, created: pd.Series, is_day: Mask, doubtful: Mask
) -> pd.DataFrame:
    """Return episodes a lead can have at once; refuse contradictions, count what was odd.

    Parameters
    ----------
    rows
        One episode a row of the file: lead_id, opened_at, closed_at and more, refused ones too.
    created
        When each row's lead was created.
    is_day
        Which openings were written as a day only. Several of one lead and day are different episodes
        and told apart by a second each; two openings at one and the same moment are a conflict.
    doubtful
        Rows refused for what they say: their leads' other episodes can't be trusted alone.
    """
    rows = _a_second_apart(rows, is_day & intake.sieve.keep)
    _refuse_unsure(intake, rows, doubtful)
    if intake.mapping.without_outcome == "open":
        rows = _opened_with_lead(intake, rows, created)
    keep = intake.sieve.keep
    latest = rows["opened_at"].mask(is_day, rows["opened_at"] + _UP_TO_MIDNIGHT)
    early = (latest < created).to_numpy() & keep
    intake.note(
        int(early.sum()), "episodes begin before their lead was created; they count from then"
    )
    intake.note(
        _n_overlaps(rows[keep]),
        "episodes begin while another one of their lead is open; the lead is open while any is",
    )
    return rows


def _a_second_apart(rows: pd.DataFrame, is_day: Mask) -> pd.DataFrame:
    """Return rows with the openings of one lead and day a second apart, in the order of their closing."""
    days = rows[is_day].sort_values("closed_at", kind="stable", na_position="last")
    seconds = pd.to_timedelta(days.groupby(["lead_id", "opened_at"]).cumcount(), unit="s")
    opened = rows["opened_at"].copy()
    opened.loc[days.index] = days["opened_at"] + seconds.astype("timedelta64[us]")
    closed = rows["closed_at"].mask(rows["closed_at"] < opened, opened)
    return rows.assign(opened_at=opened, closed_at=closed)


def _refuse_unsure(intake: Intake, rows: pd.DataFrame, doubtful: Mask) -> None:
    """Refuse episodes opened at the same moment, and all others of a lead that has a refused one."""
    sieve, ids = intake.sieve, rows["lead_id"]
    twice = sieve.keep.copy()
    key = ["lead_id", "opened_at"]
    twice[sieve.keep] = rows.loc[sieve.keep, key].duplicated(keep=False).to_numpy()
    told = "several episodes of this lead were opened at the same moment"
    header = intake.header_of("opened_at")
    sieve.refuse(twice, "conflicting-episode", told, column=header, values=ids)
    unsure = ids.isin(list(set(ids[twice | doubtful]))).to_numpy()
    told = "another episode of this lead was refused: whether the lead is open is unknown"
    sieve.refuse(unsure, "episode-refused", told, column=intake.header_of("lead_id"), values=ids)


def _opened_with_lead(intake: Intake, rows: pd.DataFrame, created: pd.Series) -> pd.DataFrame:
    """Open the first episode of each lead with the lead itself, as a lead without any is open too.

    Else a lead would be looked at before its first episode only if it never gets one: who is looked at
    would tell the future.
    """
    first = rows[intake.sieve.keep].sort_values("opened_at").drop_duplicates("lead_id").index
    late = first[(rows.loc[first, "opened_at"] > created.loc[first]).to_numpy()]
    told = "leads were created before their first episode; they are open from their creation on"
    intake.note(len(late), told)
    opened = rows["opened_at"].copy()
    opened.loc[late] = created.loc[late]
    return rows.assign(opened_at=opened)


def _n_overlaps(rows: pd.DataFrame) -> int:
    """Count episodes that begin before an earlier one of the same lead ended (open ones never do)."""
    by_lead = rows.sort_values(["lead_id", "opened_at"], ignore_index=True)
    end = by_lead["closed_at"].fillna(pd.Timestamp("9999-01-01", tz="UTC"))
    reached = end.groupby(by_lead["lead_id"]).cummax()
    before = reached.groupby(by_lead["lead_id"]).shift()
    return int((before > by_lead["opened_at"]).sum())
