"""The tables of dated rows: `events`, `feedback` and `nps`; many rows a lead."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.intake import Intake
from leadscore.domain.errors import InputError, nearest
from leadscore.domain.mapping import LEFT_OUT, Role, SourceMapping, Table

MAX_UNKNOWN_SHARE = 0.05
"""More event rows than this with undeclared words: the mapping belongs to another export."""


def read_dated(
    intake: Intake, mapping: SourceMapping, table: Table, *, observed_until: pd.Timestamp | None
) -> pd.DataFrame:
    """Return the rows of a file of events, feedback or answers.

    Refused rows are in it too; `intake.sieve` knows which they are.

    Raises
    ------
    InputError
        ``unknown-event``: more than 5 % of the rows hold words that the mapping does not list.
    """
    found = {"lead_id": intake.ids(_needed(intake, "lead_id"))}
    if table == "events":
        found["type"] = _types(intake, mapping)
    time_header = _needed(intake, "occurred_at")
    times, _ = intake.times(time_header, observed_until=observed_until, required=True)
    found["occurred_at"] = times
    if table == "events":
        found["subject"], found["value"] = _subjects(intake), _values(intake)
        return pd.DataFrame(found)[["lead_id", "occurred_at", "type", "subject", "value"]]
    if table == "feedback":
        header = _needed(intake, "verdict")
        found["verdict"] = intake.text(header)
        absent = found["verdict"].isna().to_numpy()
        intake.sieve.refuse(absent, "missing-verdict", "no verdict", column=header)
    else:
        found["nps"] = pd.Series(
            intake.numbers(_needed(intake, "nps"), required=True, span=(0, 10))
        )
    return pd.DataFrame(found)


def refuse_orphans(
    intake: Intake, ids: pd.Series, *, leads: pd.DataFrame, refused_ids: set[str], what: str
) -> npt.NDArray[np.intp]:
    """Refuse rows whose lead is not among `leads`: unknown, or refused itself.

    Returns
    -------
    Place of each row's lead in `leads`, -1 for refused rows.
    """
    header = intake.header_of("lead_id")
    code: npt.NDArray[np.intp] = pd.Index(leads["lead_id"]).get_indexer(pd.Index(ids))
    of_refused = (code < 0) & ids.isin(list(refused_ids)).to_numpy()
    told = "its lead was refused"
    intake.sieve.refuse(of_refused, "lead-refused", told, column=header, values=ids)
    told = "its lead is not in the export"
    intake.sieve.refuse(code < 0, f"orphan-{what}", told, column=header, values=ids)
    return code


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return dated rows sorted by lead, time and all other columns, whatever their order before."""
    if len(rows) == 0:
        return rows.reset_index(drop=True)
    rest = [name for name in rows.columns if name not in ("lead_id", "occurred_at")]
    ranks = [_rank(rows[name]) for name in reversed(rest)]
    times = rows["occurred_at"].astype("int64").to_numpy()
    place = np.lexsort((*ranks, times, _rank(rows["lead_id"])))
    return rows.iloc[place].reset_index(drop=True)


def _rank(cells: pd.Series) -> npt.NDArray[np.float64]:
    if cells.dtype == np.float64:
        number: npt.NDArray[np.float64] = cells.to_numpy(dtype=np.float64)
        return np.where(np.isnan(number), -np.inf, number)
    codes: npt.NDArray[np.intp] = pd.factorize(cells, sort=True)[0]
    return codes.astype(np.float64)


def _needed(intake: Intake, role: Role) -> str:
    header = intake.header_of(role)
    if header is None:
        raise ValueError(f"{intake.name}: the mapping was accepted without role `{role}`")
    return header


def _types(intake: Intake, mapping: SourceMapping) -> pd.Series:
    header = _needed(intake, "type")
    known = {word: event.type for word, event in mapping.events.items()}
    types = intake.vocabulary(header, known, what="event")
    cells = intake.text(header)
    unknown = (cells.notna() & types.isna()).to_numpy()
    if unknown.mean() > MAX_UNKNOWN_SHARE:
        worst = str(cells[unknown].value_counts().index[0])
        at = int(np.flatnonzero(unknown & (cells == worst).to_numpy())[0])
        share = f"{unknown.mean():.0%} of the rows hold unknown words"
        raise InputError(
            "unknown-event",
            f"'{worst}' is not in the mapping's `events` ({share})",
            file=intake.name,
            row=int(intake.table.line[at]),
            column=header,
            fix=f"add it (type `{LEFT_OUT}` leaves it out); {nearest(worst, known)}",
        )
    seen = ", ".join(sorted(set(cells[unknown]))[:5])
    intake.note(int(unknown.sum()), f"rows refused, {header} not in the mapping's `events`: {seen}")
    intake.sieve.leave_out((types == LEFT_OUT).to_numpy())
    return types


def _subjects(intake: Intake) -> pd.Series:
    header = intake.header_of("subject")
    if header is None:
        return pd.Series([None] * len(intake.table.line), dtype="str")
    return intake.text(header)


def _values(intake: Intake) -> pd.Series:
    header = intake.header_of("value")
    nothing = np.full(len(intake.table.line), np.nan)
    return pd.Series(nothing if header is None else intake.numbers(header))
