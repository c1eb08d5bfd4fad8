"""The table `outcomes`: one row an episode of a lead, from a file of outcomes or from closing events.

Without role `opened_at` a lead has one episode, opened with the lead itself. An episode that can't be
trusted leaves its lead unknown: no other episode of that lead is kept beside it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.ingest.intake import SKEW, Intake
from leadscore.adapters.ingest.lead_episodes import settle
from leadscore.domain.mapping import SourceMapping
from leadscore.domain.schemas import TIME

Mask = npt.NDArray[np.bool_]
_RANK = {"won": 0, "lost": 1, "reopened": 2}


def read_outcomes(
    intake: Intake,
    mapping: SourceMapping,
    *,
    ids: pd.Series,
    created: pd.Series,
    observed_until: pd.Timestamp | None,
) -> pd.DataFrame:
    """Return one episode for every row of the file, refused ones too.

    Parameters
    ----------
    ids
        Lead of each row; several rows of a lead only where the file has a role `opened_at`.
    created
        When each row's lead was created (NaT where unknown).
    """
    status_header = intake.header_of("status")
    if status_header is None:
        raise ValueError("a file of outcomes has a status by its schema")
    was_in = intake.sieve.keep.copy()
    status = intake.vocabulary(status_header, mapping.statuses, what="status")
    opened, is_day = created, np.zeros(len(ids), dtype=np.bool_)
    if (header := intake.header_of("opened_at")) is not None:
        opened, is_day = intake.times(header, observed_until=observed_until, required=True)
    closed, is_past = _closed(intake, status, created, opened, observed_until)
    if mapping.shape != "wide":
        undated = (status.isin(["won", "lost"]) & closed.isna()).to_numpy()
        intake.sieve.refuse(
            undated & ~is_past,
            "closed-without-date",
            "won or lost without a date: it can't be learned from",
            column=intake.header_of("closed_at"),
        )
    rows = pd.DataFrame(
        {"lead_id": ids, "opened_at": opened, "status": status, "closed_at": closed}
    ).assign(amount=_amount(intake), reason=_reason(intake))
    if header is None:
        return rows
    doubtful = was_in & ~intake.sieve.keep & ~is_past
    return settle(intake, rows, created=created, is_day=is_day, doubtful=doubtful)


def outcomes_from_events(
    mapping: SourceMapping, leads: pd.DataFrame, events: pd.DataFrame
) -> pd.DataFrame:
    """Return the episodes of every lead: closed by won or lost events, opened again by `reopened` ones.

    A closing event of a closed lead and a reopening of an open one change nothing. At one and the same
    moment won goes before lost, and both before reopened.
    """
    ends = mapping.outcomes_from_events
    if ends is None:
        raise ValueError("outcomes_from_events: the mapping declares none")
    meaning = {type_: word for word, types in ends.model_dump().items() for type_ in types}
    turns = events.loc[events["type"].isin(list(meaning)), ["lead_id", "occurred_at", "type"]]
    turns = turns.assign(status=turns["type"].map(meaning).astype("str"))
    turns = turns.loc[turns["lead_id"].isin(leads["lead_id"])]
    turns = turns.assign(rank=turns["status"].map(_RANK)).sort_values(
        ["lead_id", "occurred_at", "rank"], ignore_index=True
    )
    opens = turns["status"] == "reopened"
    # A lead starts open; a turn counts where it changes the state the turn before it left behind.
    was_open = opens.groupby(turns["lead_id"]).shift(fill_value=True).astype(bool)
    opens_again, closes = turns[opens & ~was_open], turns[~opens & was_open]
    opened = pd.concat(
        [
            leads[["lead_id"]].assign(opened_at=leads["created_at"]),
            opens_again[["lead_id"]].assign(opened_at=opens_again["occurred_at"]),
        ],
        ignore_index=True,
    )
    number = ["lead_id", "episode"]
    opened["episode"] = opened.groupby("lead_id").cumcount()
    closes = closes.assign(episode=closes.groupby("lead_id").cumcount())
    ended = closes[[*number, "status", "occurred_at"]].rename(columns={"occurred_at": "closed_at"})
    episodes = opened.merge(ended, on=number, how="left", validate="one_to_one")
    return pd.DataFrame(
        {
            "lead_id": episodes["lead_id"],
            "opened_at": episodes["opened_at"],
            "status": episodes["status"].fillna("open").astype("str"),
            "closed_at": episodes["closed_at"],
            "amount": np.nan,
            "reason": pd.Series(None, index=episodes.index, dtype="str"),
        }
    )


def _amount(intake: Intake) -> npt.NDArray[np.float64]:
    header = intake.header_of("amount")
    nothing = np.full(len(intake.table.line), np.nan)
    return nothing if header is None else intake.numbers(header)


def _reason(intake: Intake) -> pd.Series:
    header = intake.header_of("reason")
    nothing = pd.Series(None, index=range(len(intake.table.line)), dtype="str")
    return nothing if header is None else intake.text(header)


def _closed(
    intake: Intake,
    status: pd.Series,
    created: pd.Series,
    opened: pd.Series,
    observed_until: pd.Timestamp | None,
) -> tuple[pd.Series, Mask]:
    """Return close times, and which rows are refused for one before the lead's creation.

    Close times of open leads are plans and dropped.
    """
    header = intake.header_of("closed_at")
    if header is None:
        return pd.Series(pd.NaT, index=status.index, dtype=TIME), np.zeros(len(status), np.bool_)
    is_open = (status == "open").to_numpy()
    closed, is_day = intake.times(header, observed_until=None, required=False)
    intake.note(
        int((is_open & closed.notna().to_numpy() & intake.sieve.keep).sum()),
        f"open leads have a {header}; it is a plan and left out",
    )
    closed = closed.mask(is_open)
    if observed_until is not None:
        late = (closed > observed_until + SKEW).to_numpy()
        intake.sieve.refuse(
            late, "future-time", "after observed_until", column=header, values=intake.text(header)
        )
    closed, is_past = _not_before(intake, header, closed, created, "creation", is_day=is_day)
    told = "closed before it was created"
    cells = intake.text(header)
    in_before = intake.sieve.keep.copy()
    intake.sieve.refuse(is_past, "closed-before-created", told, column=header, values=cells)
    if intake.header_of("opened_at") is not None:
        closed, is_early = _not_before(intake, header, closed, opened, "opening", is_day=is_day)
        told = "closed before it was opened"
        intake.sieve.refuse(is_early, "closed-before-opened", told, column=header, values=cells)
    return closed, is_past & in_before


def _not_before(
    intake: Intake, header: str, closed: pd.Series, start: pd.Series, what: str, *, is_day: Mask
) -> tuple[pd.Series, Mask]:
    """Return close times, those written as the day of `start` moved to it, and which lie before it."""
    same_day = (
        is_day & (closed < start).to_numpy() & (closed + pd.Timedelta(days=1) > start).to_numpy()
    )
    intake.note(
        int((same_day & intake.sieve.keep).sum()),
        f"{header} are the day of {what}, without a time; the moment of {what} is taken",
    )
    closed = closed.mask(same_day, start)
    return closed, (closed < start).to_numpy()
