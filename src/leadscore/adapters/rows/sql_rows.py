"""Rows of one query as text, taken from PostgreSQL or SQLite in chunks; nothing is ever written.

The address comes from an environment variable and never stands in a message. The query runs in a
read-only transaction, with a limit on how long the database may think.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from leadscore.adapters.rows.cell_text import NoTextError, column_text
from leadscore.adapters.rows.csv_text import TextTable
from leadscore.adapters.rows.raw_files import Progress
from leadscore.adapters.rows.row_headers import places_of, tidy_header
from leadscore.adapters.rows.sql_database import Database, open_database
from leadscore.adapters.rows.text_tables import text_table
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Dialect

_CHUNK_ROWS = 20_000


def open_sql(
    raw_dir: Path, dialect: Dialect, *, wanted: list[str], progress: Progress | None = None
) -> SqlRows:
    """Ask a database, and look at the names of the columns that it will give.

    Parameters
    ----------
    raw_dir
        Folder of the export; a query has no use for it.
    dialect
        `sql` says what is asked, and which variable holds the address; `path` is the query's name;
        `decimal` is the mark that numbers get as text.
    wanted
        Headers that must be among the columns.
    progress
        Told the name once all rows are read.

    Raises
    ------
    InputError
        The variable is not set or holds no address, the driver is missing, the database can't be
        reached or refuses the query, or a wanted column is missing or doubled.
    """
    if dialect.sql is None:
        raise ValueError(f"{dialect.path}: the mapping declares no query")
    name = f"sql:{dialect.path}"
    database = open_database(dialect.sql, name=name)
    return SqlRows(database, dialect, wanted=wanted, progress=progress, name=name)


class SqlRows:
    """An open query (a `RowSource`); a row's line is its place plus one, as if under a header.

    `sha256` is of the text of all wanted cells in order, so it is known once all rows are read.
    """

    def __init__(
        self,
        database: Database,
        dialect: Dialect,
        *,
        wanted: list[str],
        progress: Progress | None,
        name: str,
    ) -> None:
        self.name, self.n_bytes, self.sha256 = name, 0, ""
        self.warnings: tuple[str, ...] = ()
        self._database, self._decimal, self._progress = database, dialect.decimal, progress
        self.headers = tuple(tidy_header(header) for header in database.headers())
        self._places = places_of(wanted, self.headers, name=name)

    def chunks(self) -> Iterator[TextTable]:
        """Yield the rows in order.

        Raises
        ------
        InputError
            The database broke off or took too long, a cell holds no single value, or there are no
            rows.
        """
        digests = {header: hashlib.sha256() for header in self._places}
        n_rows = 0
        for block in self._database.blocks(_CHUNK_ROWS):
            number = np.arange(n_rows + 1, n_rows + 1 + len(block), dtype=np.int64)
            n_rows += len(block)
            columns = list(zip(*block, strict=True))
            cells = {h: self._text(h, columns[at]) for h, at in self._places.items()}
            for header, text in cells.items():
                digests[header].update("\0".join([*text.to_pylist(), ""]).encode())
            yield text_table(cells, line=number + 1, number=number, headers=self.headers)
        if n_rows == 0:
            fix = "check what it asks for"
            raise InputError("no-rows", "the query gives no rows", file=self.name, fix=fix)
        every = "".join(f"{header}\0{d.hexdigest()}\0" for header, d in digests.items())
        self.sha256 = hashlib.sha256(every.encode()).hexdigest()
        if self._progress is not None:
            self._progress(self.name, 1.0)

    def _text(self, header: str, values: Sequence[object]) -> pa.Array:
        try:
            return column_text(values, self._decimal)
        except NoTextError as error:
            raise InputError(
                "unreadable-type",
                f"the query gives a {error}, which is no single value",
                file=self.name,
                column=header,
                fix="cast it to text in the query, or give it the role `ignore`",
            ) from error
