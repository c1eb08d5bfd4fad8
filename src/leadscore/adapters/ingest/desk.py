"""The desk where the files of an export are opened and closed: what went in, what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from leadscore.adapters.ingest.export import InputFile
from leadscore.adapters.ingest.id_rules import IdRules
from leadscore.adapters.ingest.intake import Intake
from leadscore.adapters.ingest.refusals import ORDER, Refusals
from leadscore.adapters.ingest.sieve import Count, rejects
from leadscore.adapters.ingest.spool import HELD_ROWS, Held, Scratch, Spool
from leadscore.adapters.ingest.tally import Tally
from leadscore.adapters.rows.csv_text import TextTable
from leadscore.adapters.rows.raw_files import Progress
from leadscore.adapters.rows.row_headers import oddities
from leadscore.adapters.rows.row_source import RowSource, open_rows, whole_table
from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Column, Dialect, SourceMapping, Table

DATED: tuple[Table, ...] = ("events", "feedback", "nps")
"""Tables with many rows a lead, which are read chunk by chunk."""


class Desk:
    """One pass over an export: every file goes through `open` and `close`, or is a `stream`.

    Attributes
    ----------
    inputs, counts, warnings
        Files read by name; where their rows went; what was odd.
    scratch
        Where rows go that are too many for memory.
    id_rules
        What the ids of the leads turned out to be.
    """

    def __init__(
        self,
        mapping: SourceMapping,
        raw_dir: Path,
        *,
        progress: Progress | None = None,
        scratch: Path | None = None,
        held_rows: int = HELD_ROWS,
    ) -> None:
        self.mapping, self.raw_dir, self.progress = mapping, raw_dir, progress
        declared = mapping.observed_until
        self.until = None if declared is None else pd.Timestamp(declared).tz_convert("UTC")
        self.inputs: dict[str, InputFile] = {}
        self.counts: list[Count] = []
        self.warnings: list[str] = []
        self.scratch = Scratch(scratch, held_rows=held_rows)
        self.id_rules = IdRules()
        self._refusals = Refusals(
            Spool(
                "rejected",
                self.scratch,
                order=ORDER,
                in_memory=lambda rows: rows.sort_values([*ORDER], ignore_index=True),
                checked=lambda rows: schemas.check(schemas.REJECTED, rows),
                empty=rejects("", [], "", []),
            )
        )
        self._seen: dict[tuple[str, str], str] = {}

    def open(
        self, dialect: Dialect, columns: dict[str, Column], *, also: tuple[str, ...] = ()
    ) -> Intake:
        """Read a whole file; `also` names columns that are needed besides the declared ones."""
        source = self._source(dialect, columns, also)
        table = whole_table(source)
        self._refusals.add_unreadable(source.name, table.bad_rows)
        self._note_file(dialect, source, columns, also, n_rows=table.n_rows)
        return self._intake(dialect, columns, table, Tally(source.name))

    def close(self, intake: Intake, table: str) -> None:
        """Take over what was refused and noted while the file's rows went into `table`.

        Raises
        ------
        InputError
            More rows were refused than `max_reject_share` allows, most times are in another unit
            than declared, or another file with the same bytes feeds the same table.
        GateError
            More rows are of leads that the export does not hold than `max_orphan_share` allows.
        """
        self._refusals.add(intake.name, intake.sieve.rejected())
        self._settle(intake.tally, table, intake.sieve.count(table))

    def stream(self, dialect: Dialect, columns: dict[str, Column], table: Table) -> Stream:
        """Open a file to be read chunk by chunk; the stream is closed as an intake is."""
        return Stream(self, dialect, columns, table)

    def rejected(self) -> Held:
        """Return all refused rows, by file in the order of reading, then by line."""
        return self._refusals.in_order()

    def _source(
        self, dialect: Dialect, columns: dict[str, Column], also: tuple[str, ...]
    ) -> RowSource:
        used = [header for header, column in columns.items() if column.role != "ignore"]
        wanted = list(dict.fromkeys([*used, *also]))
        return open_rows(self.raw_dir, dialect, wanted=wanted, progress=self.progress)

    def _intake(
        self, dialect: Dialect, columns: dict[str, Column], table: TextTable, tally: Tally
    ) -> Intake:
        return Intake(
            self.mapping, dialect, columns, table, tally.name, tally=tally, id_rules=self.id_rules
        )

    def _note_file(
        self,
        dialect: Dialect,
        source: RowSource,
        columns: dict[str, Column],
        also: tuple[str, ...],
        *,
        n_rows: int,
    ) -> None:
        name = source.name
        if self.progress is not None:
            self.progress(dialect.path, 1.0)
        self.inputs[name] = InputFile(name, source.n_bytes, source.sha256, n_rows)
        self.warnings += source.warnings
        told = oddities([*columns, *also], source.headers)
        self.warnings += [f"{name}: {oddity}" for oddity in told]

    def _settle(self, tally: Tally, table: str, count: Count) -> None:
        self.counts.append(count)
        self.warnings += tally.warnings
        tally.refuse_other_units()
        file = self.inputs[tally.name]
        if table in (*DATED, "changes"):
            self._refuse_copies(file, table)
        self._refusals.refuse_if_most_fail(
            tally.name, n_rows=file.rows, max_share=self.mapping.max_reject_share, tally=tally
        )
        self._refusals.refuse_if_other_leads(
            tally.name, n_rows=file.rows, max_share=self.mapping.max_orphan_share
        )

    def _refuse_copies(self, file: InputFile, table: str) -> None:
        other = self._seen.setdefault((table, file.sha256), file.path)
        if other != file.path:
            raise InputError(
                "same-file-twice",
                f"has the same bytes as {other}: its rows would count twice",
                file=file.path,
                fix="take one of them out of the mapping, or export the right one",
            )


class Stream:
    """A file on its way into one table, chunk by chunk.

    Iterating gives an intake a chunk; what it refused is taken over when the next one is asked for.
    The notes of all chunks are one tally's, which `close` tells.
    """

    def __init__(
        self, desk: Desk, dialect: Dialect, columns: dict[str, Column], table: Table
    ) -> None:
        self._desk, self._dialect, self._columns, self._table = desk, dialect, columns, table
        self._source = desk._source(dialect, columns, ())
        self._tally = Tally(self._source.name)
        self._count = Count(self._source.name, table, 0, 0, 0, 0, 0)

    def __iter__(self) -> Iterator[Intake]:
        """Yield the chunks in order."""
        desk, name = self._desk, self._source.name
        for chunk in self._source.chunks():
            desk._refusals.add_unreadable(name, chunk.bad_rows)
            intake = desk._intake(self._dialect, self._columns, chunk, self._tally)
            yield intake
            desk._refusals.add(name, intake.sieve.rejected())
            self._count += intake.sieve.count(self._table)

    def close(self) -> None:
        """Take over what was noted of the whole file.

        Raises
        ------
        InputError, GateError
            As `Desk.close`.
        """
        n_rows = self._count.rows
        self._desk._note_file(self._dialect, self._source, self._columns, (), n_rows=n_rows)
        self._desk._settle(self._tally, self._table, self._count)
