"""Reads a CRM export by its mapping into tables; every row is kept, refused or counted.

It answers which leads, events and outcomes an export holds, and which rows it could not take, with
file, line and reason. It repairs nothing that the mapping does not declare.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from leadscore.adapters.files import BY_LEAD_AND_TIME
from leadscore.adapters.ingest.change_rows import histories_of, read_entries
from leadscore.adapters.ingest.changes_tables import changes_table, last_values
from leadscore.adapters.ingest.dated_tables import DatedRows, in_order, order_of, refuse_orphans
from leadscore.adapters.ingest.desk import DATED, Desk
from leadscore.adapters.ingest.export import Export, InputFile
from leadscore.adapters.ingest.intake import Intake
from leadscore.adapters.ingest.lead_tables import lead_ids, read_leads
from leadscore.adapters.ingest.merged_leads import read_merges
from leadscore.adapters.ingest.outcome_tables import outcomes_from_events, read_outcomes
from leadscore.adapters.ingest.properties import joined_lookup, properties_of, read_properties
from leadscore.adapters.ingest.spool import HELD_ROWS, Held, Spool
from leadscore.adapters.ingest.table_times import bulk_touched, newest
from leadscore.adapters.rows.raw_files import Progress
from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import LEFT_OUT, File, SourceMapping, Table

__all__ = ["Export", "InputFile", "read_export"]


def read_export(
    mapping: SourceMapping,
    raw_dir: Path,
    *,
    mapping_file: Path,
    progress: Progress | None = None,
    scratch: Path | None = None,
    held_rows: int = HELD_ROWS,
) -> Export:
    """Read an export; long tables are kept on disk as long as the answer lives.

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
    scratch
        Folder in which to keep what does not fit into memory; without it, the system's.
    held_rows
        Rows of one table with many rows a lead that may be held in memory.

    Raises
    ------
    InputError
        A file or column is missing or not as declared, or more rows were refused than
        `max_reject_share` allows.
    """
    desk = Desk(mapping, Path(raw_dir), progress=progress, scratch=scratch, held_rows=held_rows)
    leads, outcomes, refused_ids = _leads(desk)
    undecided: set[str] = set()
    dated: dict[str, Held] = {t: _dated(desk, t, leads, refused_ids, undecided) for t in DATED}
    if mapping.outcomes_from_events is not None:
        outcomes = outcomes_from_events(mapping, leads, _closing(mapping, dated["events"]))
        outcomes = outcomes[~outcomes["lead_id"].isin(list(undecided))]
    elif outcomes is None:
        outcomes = _outcomes(desk, leads, refused_ids)
    outcomes = outcomes.sort_values(["lead_id", "opened_at"], ignore_index=True)
    entries = read_entries(desk, leads, refused_ids)
    until = _until(desk, {**dated, "leads": leads, "outcomes": outcomes, "changes": entries})
    leads, changes = _changes(desk, entries, leads, until)
    for name, table in (("LEADS", leads), ("OUTCOMES", outcomes), ("CHANGES", changes)):
        schemas.check(getattr(schemas, name), table, file=mapping_file)
    return Export(
        leads=leads,
        outcomes=outcomes,
        changes=changes,
        events=dated["events"],
        feedback=dated["feedback"],
        nps=dated["nps"],
        rejected=desk.rejected(),
        observed_until=until,
        inputs=tuple(desk.inputs.values()),
        counts=tuple(desk.counts),
        warnings=tuple(desk.warnings),
        properties=properties_of(mapping),
        event_labels=_event_labels(mapping),
        engagement_types=_engagement_types(mapping),
    )


def _until(desk: Desk, tables: dict[str, Held]) -> pd.Timestamp | None:
    """Return the moment of the export; warn of times that tell nothing."""
    until = desk.until
    if until is None:
        until, oddities = newest(tables)
        desk.warnings += oddities
    desk.warnings += bulk_touched(tables, columns=_told_times(desk.mapping))
    return until


def _leads(desk: Desk) -> tuple[pd.DataFrame, pd.DataFrame | None, set[str]]:
    """Return leads with their properties, outcomes if the same file holds them, and refused ids."""
    mapping = desk.mapping
    _merges(desk)
    file = mapping.feeding("leads")[0]
    intake = desk.open(file, file.columns, also=tuple(look.by for look in file.lookups))
    ids = lead_ids(intake)
    leads = read_leads(intake, mapping, ids=ids, observed_until=desk.until)
    values = read_properties(intake)
    for lookup in file.lookups:
        side = desk.open(lookup, lookup.columns)
        values |= joined_lookup(intake, lookup, side)
        desk.close(side, "lookup")
    leads = leads.assign(**values)
    keep = intake.sieve.keep
    outcomes = _outcomes_beside(desk, file, intake, leads)
    desk.close(intake, "leads")
    if not keep.any():
        fix = "see the mapping's roles and formats"
        raise InputError("no-leads", "no row became a lead", file=intake.name, fix=fix)
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
    known = pd.Index(leads["lead_id"])
    code = refuse_orphans(intake, ids, leads=known, refused_ids=refused_ids, what="outcome")
    created = pd.Series(leads["created_at"].array.take(code, allow_fill=True))
    found = read_outcomes(intake, desk.mapping, ids=ids, created=created, observed_until=desk.until)
    kept = found[intake.sieve.keep]
    desk.close(intake, "outcomes")
    unnamed = leads.loc[~leads["lead_id"].isin(ids), ["lead_id", "created_at"]]
    status = desk.mapping.without_outcome
    if len(unnamed) == 0 or status == "unknown":
        return kept
    n_unreadable = len(intake.table.bad_rows) + int((ids == "").sum())
    doubt = f"; {n_unreadable} rows that name no lead may hide some of them" if n_unreadable else ""
    desk.warnings.append(
        f"{intake.name}: {len(unnamed):,} leads are not in this file and count as {status} "
        f"(mapping: without_outcome){doubt}"
    )
    rest = unnamed.rename(columns={"created_at": "opened_at"}).assign(status=status)
    return pd.concat([kept, rest.reindex(columns=kept.columns).astype(kept.dtypes.to_dict())])


def _merges(desk: Desk) -> None:
    """Learn which leads were merged into which."""
    now_by_id: dict[str, str] = {}
    for file in desk.mapping.feeding("merges"):
        intake = desk.open(file, file.columns)
        now_by_id |= read_merges(intake)
        desk.close(intake, "merges")
    desk.id_rules.merge(now_by_id)


def _dated(
    desk: Desk, table: Table, leads: pd.DataFrame, refused_ids: set[str], undecided: set[str]
) -> Held:
    """Return all rows of one dated table, from however many files, read chunk by chunk.

    Leads whose closing event was refused are added to `undecided`.
    """
    spool = Spool(
        table,
        desk.scratch,
        order=order_of(table),
        in_memory=in_order,
        checked=partial(schemas.check, getattr(schemas, table.upper())),
        empty=_empty(table),
        drop_repeats=desk.mapping.repeats == "drop_identical",
        says=BY_LEAD_AND_TIME,
    )
    known = pd.Index(leads["lead_id"])
    for file in desk.mapping.feeding(table):
        stream = desk.stream(file, file.columns, table)
        reader = DatedRows(desk.mapping, table, observed_until=desk.until)
        for intake in stream:
            rows = reader.read(intake)
            what = "event" if table == "events" else table
            code = refuse_orphans(
                intake, rows["lead_id"], leads=known, refused_ids=refused_ids, what=what
            )
            created = leads["created_at"].array.take(code, allow_fill=True)
            early = (rows["occurred_at"].array < created) & intake.sieve.keep
            told = "rows are dated before their lead was created; they are kept"
            intake.note(int(early.sum()), told)
            if table == "events":
                undecided.update(_undecided(desk.mapping, rows[~intake.sieve.keep]))
            spool.add(rows[intake.sieve.keep])
        reader.refuse_unknown_words(file)
        stream.close()
    held = spool.in_order()
    if spool.n_repeats:
        desk.warnings.append(
            f"{table}: {spool.n_repeats:,} rows repeat another one in every column and went "
            "(mapping: repeats: drop_identical)"
        )
    return held


def _changes(
    desk: Desk, entries: pd.DataFrame, leads: pd.DataFrame, until: pd.Timestamp | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the leads with properties that only histories tell, and the table of changes."""
    histories = histories_of(desk.mapping)
    changes, oddities = changes_table(entries, leads, histories, observed_until=until)
    desk.warnings += oddities
    unexported = [history for history in histories if not history.is_exported]
    leads = leads.assign(**{h.name: last_values(changes, leads, h) for h in unexported})
    own = [name for name in schemas.LEADS.columns if name in leads]
    return leads[[*own, *desk.mapping.property_columns()]], changes


def _undecided(mapping: SourceMapping, refused: pd.DataFrame) -> list[str]:
    """Return the leads of refused events that would have opened or closed them."""
    ends = mapping.outcomes_from_events
    closing = () if ends is None else ends.types
    return refused.loc[refused["type"].isin(closing), "lead_id"].tolist()


def _closing(mapping: SourceMapping, events: Held) -> pd.DataFrame:
    """Return the events that open or close a lead."""
    if isinstance(events, pd.DataFrame):
        return events
    ends = mapping.outcomes_from_events
    types = () if ends is None else ends.types
    parts = events.batches(["lead_id", "occurred_at", "type"])
    return pd.concat([part[part["type"].isin(types)] for part in parts], ignore_index=True)


def _empty(table: Table) -> pd.DataFrame:
    columns = getattr(schemas, table.upper()).columns
    return pd.DataFrame({n: pd.Series([], dtype=str(c.dtype)) for n, c in columns.items()})


def _engagement_types(mapping: SourceMapping) -> tuple[str, ...]:
    engaging = {e.type for e in mapping.events.values() if e.is_engagement} - {LEFT_OUT}
    return tuple(sorted(engaging))


def _told_times(mapping: SourceMapping) -> dict[str, tuple[str, ...]]:
    """Return the columns of times that the export itself tells, by table."""
    told: dict[str, tuple[str, ...]] = dict.fromkeys(DATED, ("occurred_at",))
    told |= {"leads": ("created_at",), "changes": ("occurred_at",)}
    opened = any(file.header_of("opened_at") for file in mapping.files.values())
    told["outcomes"] = ("opened_at", "closed_at") if opened else ("closed_at",)
    return told


def _event_labels(mapping: SourceMapping) -> dict[str, str]:
    labels: dict[str, str] = {}
    for event in mapping.events.values():
        if event.type != LEFT_OUT:
            labels.setdefault(event.type, event.label or event.type.replace("_", " "))
    return labels
