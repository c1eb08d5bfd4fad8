"""Reads a CRM export by its mapping into tables; every row is kept, refused or counted.

It answers which leads, events and outcomes an export holds, and which rows it could not take, with
file, line and reason. It repairs nothing that the mapping does not declare.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from leadscore.adapters.csv_text import TextTable, read_text
from leadscore.adapters.dated_tables import in_order, read_dated, refuse_orphans
from leadscore.adapters.export import Export, InputFile
from leadscore.adapters.intake import Intake
from leadscore.adapters.lead_tables import lead_ids, outcomes_from_events, read_leads, read_outcomes
from leadscore.adapters.properties import joined_lookup, properties_of, read_properties
from leadscore.adapters.raw_files import Progress, open_raw
from leadscore.adapters.sieve import Count, refuse_if_most_fail, rejects
from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import LEFT_OUT, Column, Dialect, Property, SourceMapping, Table

__all__ = ["Export", "InputFile", "read_export"]


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
    reading = _Reading(mapping, Path(raw_dir), mapping_file, progress)
    leads, outcomes, refused_ids = reading.leads()
    dated = {
        table: reading.dated(table, leads, refused_ids) for table in ("events", "feedback", "nps")
    }
    if mapping.outcomes_from_events is not None:
        outcomes = outcomes_from_events(mapping, leads, dated["events"])
    elif outcomes is None:
        outcomes = reading.outcomes(leads, refused_ids)
    return reading.export(leads, outcomes, dated)


class _Reading:
    """One pass over the files of an export; gathers what was refused and noted on the way."""

    def __init__(
        self, mapping: SourceMapping, raw_dir: Path, mapping_file: Path, progress: Progress | None
    ) -> None:
        self.mapping, self.raw_dir, self.mapping_file, self.progress = (
            mapping,
            raw_dir,
            mapping_file,
            progress,
        )
        self.until = (
            None
            if mapping.observed_until is None
            else pd.Timestamp(mapping.observed_until).tz_convert("UTC")
        )
        self.inputs: dict[str, InputFile] = {}
        self.counts: list[Count] = []
        self.warnings: list[str] = []
        self.rejected: list[pd.DataFrame] = []

    def leads(self) -> tuple[pd.DataFrame, pd.DataFrame | None, set[str]]:
        """Return leads with their properties, outcomes if the same file holds them, and refused ids."""
        file = self.mapping.feeding("leads")[0]
        intake = self._open(file, file.columns, also=[look.by for look in file.lookups])
        ids = lead_ids(intake)
        leads = read_leads(intake, self.mapping, ids=ids, observed_until=self.until)
        values = read_properties(intake)
        for lookup in file.lookups:
            side = self._open(lookup, lookup.columns)
            values |= joined_lookup(intake, lookup, side)
            self._close(side, "lookup")
        leads = leads.assign(**{p.name: values[p.name] for p in properties_of(self.mapping)})
        keep = intake.sieve.keep
        refused_ids = set(ids[~keep]) - set(ids[keep])
        outcomes = None
        if "outcomes" in file.tables:
            second = intake.again()
            found = read_outcomes(
                second,
                self.mapping,
                ids=_kept(ids, keep),
                created=_kept(leads["created_at"], keep),
                observed_until=self.until,
            )
            outcomes = found[second.sieve.keep]
            self._close(intake, "leads")
            self._close(second, "outcomes")
        else:
            self._close(intake, "leads")
        kept = leads[keep].sort_values("lead_id", ignore_index=True)
        if len(kept) == 0:
            raise InputError(
                "no-leads",
                "no row of the file became a lead",
                file=file.path,
                fix="see the mapping's roles and formats",
            )
        return kept, outcomes, refused_ids

    def outcomes(self, leads: pd.DataFrame, refused_ids: set[str]) -> pd.DataFrame:
        """Return outcomes from a file of their own; leads it does not name are as the mapping says."""
        file = self.mapping.feeding("outcomes")[0]
        intake = self._open(file, file.columns)
        ids = lead_ids(intake)
        code = pd.Index(leads["lead_id"]).get_indexer(pd.Index(ids))
        header = intake.header_of("lead_id")
        of_refused = (code < 0) & ids.isin(list(refused_ids)).to_numpy()
        intake.sieve.refuse(
            of_refused, "lead-refused", "its lead was refused", column=header, values=ids
        )
        intake.sieve.refuse(
            code < 0, "orphan-outcome", "its lead is not in the export", column=header, values=ids
        )
        created = pd.Series(leads["created_at"].array.take(code, allow_fill=True))
        found = read_outcomes(
            intake, self.mapping, ids=ids, created=created, observed_until=self.until
        )
        self._close(intake, "outcomes")
        kept = found[intake.sieve.keep]
        unnamed = leads.loc[~leads["lead_id"].isin(ids), "lead_id"]
        if len(unnamed) and (status := self.mapping.without_outcome) != "unknown":
            intake_word = f"{len(unnamed):,} leads are not in this file; they count as {status} (mapping: without_outcome)"
            self.warnings.append(f"{intake.name}: {intake_word}")
            rest = pd.DataFrame({"lead_id": unnamed, "status": status}).reindex(
                columns=kept.columns
            )
            kept = pd.concat([kept, rest.astype(kept.dtypes.to_dict())])
        return kept

    def dated(self, table: Table, leads: pd.DataFrame, refused_ids: set[str]) -> pd.DataFrame:
        """Return all rows of one dated table, from however many files."""
        parts = []
        for file in self.mapping.feeding(table):
            intake = self._open(file, file.columns)
            rows = read_dated(intake, self.mapping, table, observed_until=self.until)
            refuse_orphans(intake, rows, leads=leads, refused_ids=refused_ids)
            self._close(intake, table)
            parts.append(rows[intake.sieve.keep])
        return in_order(pd.concat(parts)) if parts else _empty(table)

    def export(
        self, leads: pd.DataFrame, outcomes: pd.DataFrame, dated: dict[Table, pd.DataFrame]
    ) -> Export:
        """Return everything, after the tables were checked against their schemas."""
        outcomes = outcomes.sort_values("lead_id", ignore_index=True)
        rejected = pd.concat(self.rejected, ignore_index=True)
        for schema, table in (
            (schemas.LEADS, leads), (schemas.EVENTS, dated["events"]), (schemas.OUTCOMES, outcomes),
            (schemas.FEEDBACK, dated["feedback"]), (schemas.NPS, dated["nps"]), (schemas.REJECTED, rejected),
        ):  # fmt: skip
            schemas.check(schema, table, file=self.mapping_file)
        newest = [
            leads["created_at"].max(),
            outcomes["closed_at"].max(),
            *(rows["occurred_at"].max() for rows in dated.values()),
        ]
        seen = max((t for t in newest if not pd.isna(t)), default=None)
        return Export(
            leads=leads,
            outcomes=outcomes,
            events=dated["events"],
            feedback=dated["feedback"],
            nps=dated["nps"],
            rejected=rejected,
            observed_until=self.until if self.until is not None else seen,
            inputs=tuple(self.inputs.values()),
            counts=tuple(self.counts),
            warnings=tuple(self.warnings),
            properties=properties_of(self.mapping),
            event_labels=_event_labels(self.mapping),
            engagement_types=tuple(
                sorted(
                    {e.type for e in self.mapping.events.values() if e.is_engagement} - {LEFT_OUT}
                )
            ),
        )

    def _open(
        self, dialect: Dialect, columns: dict[str, Column], *, also: list[str] | None = None
    ) -> Intake:
        raw = open_raw(
            self.raw_dir, dialect.path, encoding=dialect.encoding, progress=self.progress
        )
        wanted = [header for header, column in columns.items() if column.role != "ignore"]
        table = read_text(
            raw, separator=dialect.separator, wanted=list(dict.fromkeys([*wanted, *(also or [])]))
        )
        if self.progress is not None:
            self.progress(dialect.path, 1.0)
        self.inputs[dialect.path] = InputFile(dialect.path, raw.n_bytes, raw.sha256, table.n_rows)
        self.warnings += raw.warnings
        self._note_other_columns(dialect, columns, table, also or [])
        for bad in table.bad_rows:
            self.rejected.append(
                rejects(dialect.path, [bad.line], bad.code, [bad.reason], values=[bad.value[:80]])
            )
        return Intake(self.mapping, dialect, columns, table, dialect.path)

    def _note_other_columns(
        self, dialect: Dialect, columns: dict[str, Column], table: TextTable, also: list[str]
    ) -> None:
        known = {" ".join(header.split()) for header in (*columns, *also)}
        other = [header for header in table.headers if header not in known]
        if other:
            self.warnings.append(
                f"{dialect.path}: columns not in the mapping are not read: {', '.join(other[:20])}"
            )

    def _close(self, intake: Intake, table: str) -> None:
        refused = intake.sieve.rejected()
        self.rejected.append(refused)
        self.counts.append(intake.sieve.count(table))
        self.warnings += intake.warnings
        mine = pd.concat([part[part["file"] == intake.name] for part in self.rejected])
        refuse_if_most_fail(
            mine,
            file=intake.name,
            n_rows=self.inputs[intake.name].rows,
            max_share=self.mapping.max_reject_share,
        )


def _kept(cells: pd.Series, keep: np.ndarray) -> pd.Series:
    return cells[keep].reset_index(drop=True)


def _empty(table: Table) -> pd.DataFrame:
    schema = {"events": schemas.EVENTS, "feedback": schemas.FEEDBACK, "nps": schemas.NPS}[table]
    return pd.DataFrame(
        {name: pd.Series([], dtype=str(column.dtype)) for name, column in schema.columns.items()}
    )


def _event_labels(mapping: SourceMapping) -> dict[str, str]:
    labels: dict[str, str] = {}
    for event in mapping.events.values():
        if event.type != LEFT_OUT:
            labels.setdefault(event.type, event.label or event.type.replace("_", " "))
    return labels
