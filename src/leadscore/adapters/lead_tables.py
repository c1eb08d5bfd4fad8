"""The tables `leads` and `outcomes` from files with one row a lead."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.intake import SKEW, Intake
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import SourceMapping

Mask = npt.NDArray[np.bool_]
Int = npt.NDArray[np.int64]


def lead_ids(intake: Intake) -> pd.Series:
    """Return the lead of each row; refuse rows without one, and leads that contradict themselves.

    Raises
    ------
    InputError
        ``id-collision``: two ids of the file differ only in spaces, form or invisible characters.
    """
    header = intake.header_of("lead_id")
    if header is None:
        return pd.Series([f"row-{n:07d}" for n in intake.table.number], dtype="str")
    ids = intake.ids(header)
    _refuse_collisions(intake, header, ids)
    several = ids.duplicated(keep=False).to_numpy() & intake.sieve.keep
    if several.any():
        rows = pd.DataFrame(
            {h: intake.text(h)[several] for h in intake.table.columns if h != header}
            | {"": ids[several]}
        )
        again = np.zeros(len(ids), dtype=np.bool_)
        again[np.flatnonzero(several)[rows.duplicated().to_numpy()]] = True
        intake.note(
            intake.sieve.drop_repeats(again), "rows repeat an earlier one identically; one is kept"
        )
        twice = ids.where(intake.sieve.keep).duplicated(keep=False).to_numpy()
        intake.sieve.refuse(
            twice,
            "conflicting-id",
            "several rows of this lead say different things",
            column=header,
            values=ids,
        )
    return ids


def read_leads(
    intake: Intake, mapping: SourceMapping, *, ids: pd.Series, observed_until: pd.Timestamp | None
) -> pd.DataFrame:
    """Return `lead_id`, `created_at` and `order` for every row of the file, refused ones too."""
    created = pd.Series(pd.NaT, index=ids.index, dtype="datetime64[us, UTC]")
    if (header := intake.header_of("created_at")) is not None:
        created, _ = intake.times(
            header,
            observed_until=observed_until,
            required=mapping.shape != "wide" or mapping.order == "time",
        )
    order = _order(intake, mapping, created)
    return pd.DataFrame({"lead_id": ids, "created_at": created, "order": order})


def read_outcomes(
    intake: Intake,
    mapping: SourceMapping,
    *,
    ids: pd.Series,
    created: pd.Series,
    observed_until: pd.Timestamp | None,
) -> pd.DataFrame:
    """Return one outcome for every row of the file, refused ones too.

    Parameters
    ----------
    ids
        Lead of each row.
    created
        When each row's lead was created (NaT where unknown).
    """
    status_header = intake.header_of("status")
    if status_header is None:
        raise ValueError("a file of outcomes has a status by its schema")
    status = intake.vocabulary(status_header, mapping.statuses, what="status")
    closed = pd.Series(pd.NaT, index=ids.index, dtype="datetime64[us, UTC]")
    if (header := intake.header_of("closed_at")) is not None:
        closed = _closed(intake, header, status, created, observed_until)
    if mapping.shape != "wide":
        undated = (status.isin(["won", "lost"]) & closed.isna()).to_numpy()
        intake.sieve.refuse(
            undated,
            "closed-without-date",
            "won or lost without a date: it can't be learned from",
            column=intake.header_of("closed_at"),
        )
    amount_header, reason_header = intake.header_of("amount"), intake.header_of("reason")
    amount = np.full(len(ids), np.nan) if amount_header is None else intake.numbers(amount_header)
    reason = (
        pd.Series(None, index=ids.index, dtype="str")
        if reason_header is None
        else intake.text(reason_header)
    )
    return pd.DataFrame(
        {"lead_id": ids, "status": status, "closed_at": closed, "amount": amount, "reason": reason}
    )


def outcomes_from_events(
    mapping: SourceMapping, leads: pd.DataFrame, events: pd.DataFrame
) -> pd.DataFrame:
    """Return one outcome a lead: its first won or lost event closes it; every other lead is open.

    At one and the same moment won goes before lost.
    """
    ends = mapping.outcomes_from_events
    if ends is None:
        raise ValueError("outcomes_from_events: the mapping declares none")
    status_of = dict.fromkeys(ends.lost, "lost") | dict.fromkeys(ends.won, "won")
    closing = events.loc[events["type"].isin(list(status_of)), ["lead_id", "occurred_at", "type"]]
    closing = closing.assign(status=closing["type"].map(status_of).astype("str"))
    closing = closing.sort_values(
        ["lead_id", "occurred_at", "status"], ascending=[True, True, False]
    )
    first = closing.drop_duplicates("lead_id").set_index("lead_id")
    ids = leads["lead_id"]
    return pd.DataFrame(
        {
            "lead_id": ids,
            "status": first["status"].reindex(ids).fillna("open").to_numpy(),
            "closed_at": first["occurred_at"].reindex(ids).array,
            "amount": np.nan,
            "reason": pd.Series(None, index=ids.index, dtype="str"),
        }
    ).astype({"status": "str"})


def _refuse_collisions(intake: Intake, header: str, ids: pd.Series) -> None:
    raw = intake.table.columns[header]
    if raw.nunique() == ids.nunique():
        return
    spelled = pd.DataFrame({"raw": raw, "id": ids})[intake.sieve.keep].drop_duplicates()
    several = spelled[spelled["id"].duplicated(keep=False)]
    if len(several) == 0:
        return
    at = int(several.index[several["id"] == several["id"].iloc[0]][1])
    raise InputError(
        "id-collision",
        f"id {raw[at]!r} is the same as another row's but for spaces or invisible characters",
        file=intake.name,
        row=int(intake.table.line[at]),
        column=header,
        fix="correct the ids in the CRM or the export",
    )


def _order(intake: Intake, mapping: SourceMapping, created: pd.Series) -> Int:
    if mapping.order == "time":
        micros = created.fillna(pd.Timestamp(0, tz="UTC")).astype("int64").to_numpy()
        return np.floor_divide(micros, 1_000_000)
    if mapping.order == "row":
        return intake.table.number
    header = intake.header_of("order")
    if mapping.order == "none" or header is None:
        return np.zeros(len(created), dtype=np.int64)
    number = intake.numbers(header, required=True, span=(-(2.0**53), 2.0**53))
    whole = np.nan_to_num(number)
    intake.sieve.refuse(
        whole != np.floor(whole),
        "bad-number",
        "the order must be a whole number",
        column=header,
        values=intake.text(header),
    )
    return whole.astype(np.int64)


def _closed(
    intake: Intake,
    header: str,
    status: pd.Series,
    created: pd.Series,
    observed_until: pd.Timestamp | None,
) -> pd.Series:
    """Return close times; refuse those before creation, drop those of open leads (plans)."""
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
    same_day = (
        is_day
        & (closed < created).to_numpy()
        & (closed + pd.Timedelta(days=1) > created).to_numpy()
    )
    intake.note(
        int((same_day & intake.sieve.keep).sum()),
        f"{header} are the day of creation, without a time; the moment of creation is taken",
    )
    closed = closed.mask(same_day, created)
    early = (closed < created).to_numpy()
    intake.sieve.refuse(
        early,
        "closed-before-created",
        "closed before it was created",
        column=header,
        values=intake.text(header),
    )
    return closed
