"""Reads a CRM export by its mapping into tables; every row is kept, refused or counted.

It answers which leads, events and outcomes an export holds, and which rows it could not take, with
file, line and reason. It repairs nothing that the mapping does not declare.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.dated_tables import in_order, read_dated, refuse_orphans
from leadscore.adapters.desk import Desk
from leadscore.adapters.export import Export, InputFile
from leadscore.adapters.intake import Intake
from leadscore.adapters.lead_tables import (
    lead_ids,
    outcomes_from_events,
    read_leads,
    read_outcomes,
)
from leadscore.adapters.properties import joined_lookup, properties_of, read_properties
from leadscore.adapters.raw_files import Progress
from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import LEFT_OUT, File, SourceMapping, Table

__all__ = ["Export", "InputFile", "read_export"]

_DATED: tuple[Table, ...] = ("events", "feedback", "nps")
_FAR_AHEAD = pd.Timedelta(days=366)


def read_export(
    mapping: SourceMapping, raw_dir: Path, *, mapping_file: Path, progress: Progress | None = None
) -> Export:
    """Read an export.

    Parameters
    ----------
    mapping
        Which file holds what.
    raw_dir
        Folder of the export.
    mapping_file
        Where the mapping was read, for messages.
    progress
        Told each file's name and the share of it that is read.

    Raises
    ------
    InputError
        A file or column is missing or not as declared, or more rows were refused than
        `max_reject_share` allows.
    """
    desk = Desk(mapping, Path(raw_dir), progress=progress)
    leads, outcomes, refused_ids = _leads(desk)
    undecided: set[str] = set()
    dated = {table: _dated(desk, table, leads, refused_ids, undecided) for table in _DATED}
    if mapping.outcomes_from_events is not None:
        outcomes = outcomes_from_events(mapping, leads, dated["events"])
        outcomes = outcomes[~outcomes["lead_id"].isin(list(undecided))]
    elif outcomes is None:
        outcomes = _outcomes(desk, leads, refused_ids)
    outcomes = outcomes.sort_values("lead_id", ignore_index=True)
    tables: dict[str, pd.DataFrame] = {str(name): rows for name, rows in dated.items()}
    tables |= {"leads": leads, "outcomes": outcomes, "rejected": desk.rejected()}
    for name, table in tables.items():
        schemas.check(getattr(schemas, name.upper()), table, file=mapping_file)
    until = desk.until if desk.until is not None else _newest(desk, tables)
    engaging = {e.type for e in mapping.events.values() if e.is_engagement} - {LEFT_OUT}
    return Export(
        **tables,
        observed_until=until,
        inputs=tuple(desk.inputs.values()),
        counts=tuple(desk.counts),
        warnings=tuple(desk.warnings),
        properties=properties_of(mapping),
        event_labels=_event_labels(mapping),
        engagement_types=tuple(sorted(engaging)),
    )


def _leads(desk: Desk) -> tuple[pd.DataFrame, pd.DataFrame | None, set[str]]:
    """Return leads with their properties, outcomes if the same file holds them, and refused ids."""
    mapping = desk.mapping
    file = mapping.feeding("leads")[0]
    intake = desk.open(file, file.columns, also=tuple(look.by for look in file.lookups))
    ids = lead_ids(intake)
    leads = read_leads(intake, mapping, ids=ids, observed_until=desk.until)
    values = read_properties(intake)
    for lookup in file.lookups:
        side = desk.open(lookup, lookup.columns)
        values |= joined_lookup(intake, lookup, side)
        desk.close(side, "lookup")
    leads = leads.assign(**{p.name: values[p.name] for p in properties_of(mapping)})
    keep = intake.sieve.keep
    outcomes = _outcomes_beside(desk, file, intake, leads)
    desk.close(intake, "leads")
    if not keep.any():
        fix = "see the mapping's roles and formats"
        raise InputError("no-leads", "no row became a lead", file=file.path, fix=fix)
    kept = leads[keep].sort_values("lead_id", ignore_index=True)
    return kept, outcomes, set(ids[~keep]) - set(ids[keep])


def _outcomes_beside(
    desk: Desk, file: File, intake: Intake, leads: pd.DataFrame
) -> pd.DataFrame | None:
    """Return the outcomes in the file of the leads, of the leads that are kept."""
    if "outcomes" not in file.tables:
        return None
    kept = leads[intake.sieve.keep].reset_index(drop=True)
    second = intake.again()
    found = read_outcomes(
        second,
        desk.mapping,
        ids=kept["lead_id"],
        created=kept["created_at"],
        observed_until=desk.until,
    )
    desk.close(second, "outcomes")
    return found[second.sieve.keep]


def _outcomes(desk: Desk, leads: pd.DataFrame, refused_ids: set[str]) -> pd.DataFrame:
    """Return outcomes from a file of their own; leads it does not name are as the mapping says."""
    file = desk.mapping.feeding("outcomes")[0]
    intake = desk.open(file, file.columns)
    ids = lead_ids(intake)
    code = refuse_orphans(intake, ids, leads=leads, refused_ids=refused_ids, what="outcome")
    created = pd.Series(leads["created_at"].array.take(code, allow_fill=True))
    found = read_outcomes(intake, desk.mapping, ids=ids, created=created, observed_until=desk.until)
    kept = found[intake.sieve.keep]
    desk.close(intake, "outcomes")
    unnamed = leads.loc[~leads["lead_id"].isin(ids), "lead_id"]
    status = desk.mapping.without_outcome
    if len(unnamed) == 0 or status == "unknown":
        return kept
    n_unreadable = len(intake.table.bad_rows) + int((ids == "").sum())
    doubt = f"; {n_unreadable} rows that name no lead may hide some of them" if n_unreadable else ""
    desk.warnings.append(
        f"{intake.name}: {len(unnamed):,} leads are not in this file and count as {status} "
        f"(mapping: without_outcome){doubt}"
    )
    rest = pd.DataFrame({"lead_id": unnamed, "status": status}).reindex(columns=kept.columns)
    return pd.concat([kept, rest.astype(kept.dtypes.to_dict())])


def _dated(
    desk: Desk, table: Table, leads: pd.DataFrame, refused_ids: set[str], undecided: set[str]
) -> pd.DataFrame:
    """Return all rows of one dated table, from however many files.

    Leads whose closing event was refused are added to `undecided`.
    """
    parts = []
    ends = desk.mapping.outcomes_from_events
    closing = [] if ends is None else [*ends.won, *ends.lost]
    for file in desk.mapping.feeding(table):
        intake = desk.open(file, file.columns)
        rows = read_dated(intake, desk.mapping, table, observed_until=desk.until)
        what = "event" if table == "events" else table
        code = refuse_orphans(
            intake, rows["lead_id"], leads=leads, refused_ids=refused_ids, what=what
        )
        created = leads["created_at"].array.take(code, allow_fill=True)
        early = (rows["occurred_at"].array < created) & intake.sieve.keep
        intake.note(int(early.sum()), "rows are dated before their lead was created; they are kept")
        if table == "events" and closing:
            refused = rows[~intake.sieve.keep]
            undecided.update(refused.loc[refused["type"].isin(closing), "lead_id"])
        desk.close(intake, table)
        parts.append(rows[intake.sieve.keep])
    return in_order(pd.concat(parts)) if parts else _empty(table)


def _newest(desk: Desk, tables: dict[str, pd.DataFrame]) -> pd.Timestamp | None:
    """Return the newest time of all tables; warn where it stands alone far ahead (mistyped)."""
    columns = ("created_at", "closed_at", "occurred_at")
    found = [cells[name] for cells in tables.values() for name in columns if name in cells]
    times: npt.NDArray[np.int64] = pd.concat(found).dropna().astype("int64").to_numpy()
    if len(times) == 0:
        return None
    newest = pd.Timestamp(int(times.max()), unit="us", tz="UTC")
    usual = pd.Timestamp(int(np.quantile(times, 0.999, method="lower")), unit="us", tz="UTC")
    if len(times) >= 1000 and newest - usual > _FAR_AHEAD:
        desk.warnings.append(
            f"newest time {newest:%Y-%m-%d} is more than a year after 999 of 1,000 others; "
            "if it is mistyped, declare observed_until in the mapping"
        )
    return newest


def _empty(table: Table) -> pd.DataFrame:
    columns = getattr(schemas, table.upper()).columns
    return pd.DataFrame({n: pd.Series([], dtype=str(c.dtype)) for n, c in columns.items()})


def _event_labels(mapping: SourceMapping) -> dict[str, str]:
    labels: dict[str, str] = {}
    for event in mapping.events.values():
        if event.type != LEFT_OUT:
            labels.setdefault(event.type, event.label or event.type.replace("_", " "))
    return labels
