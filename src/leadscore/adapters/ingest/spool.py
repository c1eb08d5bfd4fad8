"""Rows of one table on their way: in memory while few, on disk when many, in order at the end.

The order is one of values, nulls first; it does not depend on which of the two ways was taken.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from leadscore.adapters.files import ROWS_PER_GROUP, parquet_writer, read_table

HELD_ROWS = 1_000_000
"""Rows of a table that stay in memory; some 100 bytes a row."""
_SORT_MEMORY = "500MB"
_FIX = "run `leadscore ingest` again"

Checked = Callable[[pd.DataFrame], pd.DataFrame]


class Home:
    """A new folder that goes when nobody holds it any more, at the latest with the program."""

    def __init__(self, parent: Path | None) -> None:
        if parent is not None:
            parent.mkdir(parents=True, exist_ok=True)
        self.path = Path(tempfile.mkdtemp(prefix=".ingest.", dir=parent))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True)
class StoredTable:
    """A table that lies in a Parquet file, in order.

    The file lives as long as someone holds `home`, the folder it lies in.
    """

    path: Path
    columns: tuple[str, ...]
    n_rows: int
    home: Home

    def load(self) -> pd.DataFrame:
        """Return the whole table."""
        return read_table(self.path, fix=_FIX)

    def batches(self, columns: list[str]) -> Iterator[pd.DataFrame]:
        """Yield some columns, a row group at a time."""
        with pq.ParquetFile(self.path, page_checksum_verification=True) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=columns).to_pandas(ignore_metadata=True)


Held = pd.DataFrame | StoredTable


class Scratch:
    """Where rows go that do not fit into memory; nothing is made before it is needed."""

    def __init__(self, parent: Path | None, *, held_rows: int = HELD_ROWS) -> None:
        self.held_rows = held_rows
        self._parent = parent
        self._home: Home | None = None

    @property
    def home(self) -> Home:
        """The folder."""
        if self._home is None:
            self._home = Home(self._parent)
        return self._home


class Spool:
    """Rows of one table as they come.

    Parameters
    ----------
    name
        Of the table.
    scratch
        Where rows go when there are too many.
    order
        Columns to order by; in memory by `in_memory`, which must agree.
    in_memory
        Puts a whole table in order.
    checked
        Returns a table as it is, or raises if it does not fit its schema.
    empty
        The table without rows.
    drop_repeats
        Keep one of rows that are the same in every column; `n_repeats` says how many went.
    says
        By which columns a file on disk says that it is sorted: the first of `order`, or none.
    """

    def __init__(
        self,
        name: str,
        scratch: Scratch,
        *,
        order: tuple[str, ...],
        in_memory: Checked,
        checked: Checked,
        empty: pd.DataFrame,
        drop_repeats: bool = False,
        says: tuple[str, ...] = (),
    ) -> None:
        self.name, self.n_rows, self.n_repeats = name, 0, 0
        self._drop_repeats, self._says = drop_repeats, says
        self._scratch, self._order = scratch, order
        self._in_memory, self._checked, self._empty = in_memory, checked, empty
        self._parts: list[pd.DataFrame] = []
        self._n_held = 0
        self._files: list[Path] = []

    def add(self, rows: pd.DataFrame) -> None:
        """Take over rows; they go to disk when too many are held."""
        if len(rows) == 0:
            return
        self._parts.append(rows)
        self._n_held += len(rows)
        self.n_rows += len(rows)
        if self._n_held > self._scratch.held_rows:
            self._spill()

    def in_order(self) -> Held:
        """Return all rows in order, in memory or on disk; the spool is empty then."""
        if not self._files:
            parts, self._parts = self._parts, []
            table = self._in_memory(pd.concat(parts, ignore_index=True)) if parts else self._empty
            if self._drop_repeats:
                table = table.drop_duplicates(ignore_index=True)
            self.n_repeats = self.n_rows - len(table)
            return self._checked(table[list(self._empty.columns)])
        self._spill()
        path = self._scratch.home.path / f"{self.name}.parquet"
        schema = pa.Schema.from_pandas(self._empty, preserve_index=False).remove_metadata()
        n_rows = 0
        with parquet_writer(path, schema, sorted_by=self._says) as writer:
            for group in _groups(self._sorted(schema), schema):
                self._checked(group.to_pandas(ignore_metadata=True))
                writer.write_table(group, row_group_size=ROWS_PER_GROUP)
                n_rows += group.num_rows
        self.n_repeats = self.n_rows - n_rows
        for file in self._files:
            file.unlink()
        return StoredTable(path, tuple(schema.names), n_rows, self._scratch.home)

    def _spill(self) -> None:
        if not self._parts:
            return
        path = self._scratch.home.path / f"{self.name}.{len(self._files)}.parquet"
        rows = pa.Table.from_pandas(pd.concat(self._parts, ignore_index=True), preserve_index=False)
        pq.write_table(_plain_times(rows), path, compression="lz4", write_statistics=False)
        self._files.append(path)
        self._parts, self._n_held = [], 0

    def _sorted(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Yield all rows in order, sorted on disk where memory does not do."""
        import duckdb

        folder = self._scratch.home.path
        names = ", ".join(f'"{name}"' for name in schema.names)
        order = ", ".join(f'"{name}" NULLS FIRST' for name in self._order)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _SORT_MEMORY,
            "temp_directory": str(folder / "sort"),
        }
        with duckdb.connect(":memory:", config=settings) as engine:
            engine.execute("SET enable_progress_bar = false")
            engine.read_parquet([str(file) for file in self._files]).create_view("spooled")
            distinct = "DISTINCT " if self._drop_repeats else ""
            found = engine.sql(f"SELECT {distinct}{names} FROM spooled ORDER BY {order}")
            yield from found.to_arrow_reader(ROWS_PER_GROUP)


def _plain_times(rows: pa.Table) -> pa.Table:
    """Return times as microseconds: numbers sort the same and no engine shifts them."""
    for i, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type):
            rows = rows.set_column(i, field.name, rows[field.name].cast(pa.int64()))
    return rows


def _groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the rows of all batches as tables of one row group each, in the schema's types."""
    held: list[pa.RecordBatch] = []
    n_held = 0
    for batch in batches:
        held.append(batch)
        n_held += batch.num_rows
        while n_held >= ROWS_PER_GROUP:
            table = pa.Table.from_batches(held)
            yield _typed(table.slice(0, ROWS_PER_GROUP), schema)
            held = table.slice(ROWS_PER_GROUP).to_batches()
            n_held -= ROWS_PER_GROUP
    if n_held:
        yield _typed(pa.Table.from_batches(held), schema)


def _typed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    return pa.table(
        [table[field.name].cast(field.type).combine_chunks() for field in schema], schema=schema
    )
