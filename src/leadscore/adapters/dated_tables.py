"""The tables of dated rows: `events`, `feedback` and `nps`; many rows a lead."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.intake import Intake
from leadscore.domain.errors import InputError, nearest
from leadscore.domain.mapping import LEFT_OUT, SourceMapping, Table

Mask = npt.NDArray[np.bool_]

MAX_UNKNOWN_SHARE = 0.05
"""More event rows than this with undeclared words: the mapping belongs to another export."""


def read_dated(
    intake: Intake, mapping: SourceMapping, table: Table, *, observed_until: pd.Timestamp | None
) -> pd.DataFrame:
    """Return the rows of a file of events, feedback or answers; refused ones are in, `sieve` knows which.

    Raises
    ------
    InputError
        ``unknown-event``: more than 5 % of the rows hold words that the mapping does not list.
    """
    lead_header, time_header = intake.header_of("lead_id"), intake.header_of("occurred_at")
    if lead_header is None or time_header is None:
        raise ValueError("a file of dated rows has a lead and a time by its schema")
    found = {"lead_id": intake.ids(lead_header)}
    if table == "events":
        found["type"] = _types(intake, mapping)
    found["occurred_at"], _ = intake.times(
        time_header, observed_until=observed_until, required=True
    )
    if table == "events":
        found["subject"], found["value"] = _text_or_null(intake), _number_or_null(intake)
        columns = ["lead_id", "occurred_at", "type", "subject", "value"]
    elif table == "feedback":
        header = intake.header_of("verdict") or ""
        found["verdict"] = intake.text(header)
        intake.sieve.refuse(
            found["verdict"].isna().to_numpy(), "missing-verdict", "no verdict", column=header
        )
        columns = ["lead_id", "occurred_at", "verdict"]
    else:
        found["nps"] = pd.Series(
            intake.numbers(intake.header_of("nps") or "", required=True, span=(0, 10))
        )
        columns = ["lead_id", "occurred_at", "nps"]
    return pd.DataFrame(found)[columns]


def refuse_orphans(
    intake: Intake, rows: pd.DataFrame, *, leads: pd.DataFrame, refused_ids: set[str]
) -> None:
    """Refuse rows whose lead is not among `leads`: unknown, or refused itself; note rows before creation."""
    header = intake.header_of("lead_id")
    code = pd.Index(leads["lead_id"]).get_indexer(pd.Index(rows["lead_id"]))
    unknown = code < 0
    of_refused = unknown & rows["lead_id"].isin(list(refused_ids)).to_numpy()
    intake.sieve.refuse(
        of_refused, "lead-refused", "its lead was refused", column=header, values=rows["lead_id"]
    )
    intake.sieve.refuse(
        unknown,
        "orphan-event",
        "its lead is not in the export",
        column=header,
        values=rows["lead_id"],
    )
    created = leads["created_at"].array.take(code, allow_fill=True)
    early = (rows["occurred_at"].array < created) & intake.sieve.keep
    intake.note(int(early.sum()), "rows are dated before their lead was created; they are kept")


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return dated rows sorted by lead, time, and then all other columns, whatever their order in the file."""
    if len(rows) == 0:
        return rows.reset_index(drop=True)
    rest = [name for name in rows.columns if name not in ("lead_id", "occurred_at")]
    ranks = [_rank(rows[name]) for name in reversed(rest)]
    place = np.lexsort(
        (*ranks, rows["occurred_at"].astype("int64").to_numpy(), _rank(rows["lead_id"]))
    )
    return rows.iloc[place].reset_index(drop=True)


def _rank(cells: pd.Series) -> npt.NDArray[np.float64] | npt.NDArray[np.intp]:
    if cells.dtype == np.float64:
        return np.nan_to_num(cells.to_numpy(), nan=-np.inf)
    codes, _ = pd.factorize(cells, sort=True)
    return codes


def _types(intake: Intake, mapping: SourceMapping) -> pd.Series:
    header = intake.header_of("type") or ""
    known = {word: event.type for word, event in mapping.events.items()}
    types = intake.vocabulary(header, known, what="event")
    cells = intake.text(header)
    unknown = (cells.notna() & types.isna()).to_numpy()
    if unknown.mean() > MAX_UNKNOWN_SHARE:
        worst = str(cells[unknown].value_counts().index[0])
        at = int(np.flatnonzero(unknown & (cells == worst).to_numpy())[0])
        raise InputError(
            "unknown-event", f"'{worst}' is not in the mapping's `events` ({unknown.mean():.0%} of the rows are unknown)",
            file=intake.name, row=int(intake.table.line[at]), column=header,
            fix=f"add it (type `{LEFT_OUT}` leaves it out); {nearest(worst, known)}",
        )  # fmt: skip
    seen = sorted(set(cells[unknown]))
    intake.note(
        int(unknown.sum()),
        f"rows refused: {header} not in the mapping's `events`: {', '.join(seen[:5])}",
    )
    intake.sieve.leave_out((types == LEFT_OUT).to_numpy())
    return types


def _text_or_null(intake: Intake) -> pd.Series:
    header = intake.header_of("subject")
    return (
        pd.Series(None, index=range(len(intake.table.line)), dtype="str")
        if header is None
        else intake.text(header)
    )


def _number_or_null(intake: Intake) -> pd.Series:
    header = intake.header_of("value")
    return pd.Series(
        np.full(len(intake.table.line), np.nan) if header is None else intake.numbers(header)
    )
