"""Rows of a Parquet file, or of a folder of them, as text; a few megabytes are held at a time.

Page checksums are verified where the file has them. Types that no cell of text can hold (lists,
records, binary) are refused if the mapping wants such a column, else left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from leadscore.adapters.rows.arrow_text import TEXT, as_text, has_text
from leadscore.adapters.rows.csv_text import TextTable
from leadscore.adapters.rows.parquet_parts import (
    digest_of,
    find_parts,
    has_checksums,
    refuse_other_kinds,
)
from leadscore.adapters.rows.raw_files import Progress, shown_name
from leadscore.adapters.rows.row_headers import places_of, tidy_header
from leadscore.adapters.rows.text_tables import text_table
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Dialect

_CHUNK_ROWS = 65_536
_BUFFER_BYTES = 1 << 20
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def open_parquet(
    raw_dir: Path, dialect: Dialect, *, wanted: list[str], progress: Progress | None = None
) -> ParquetRows:
    """Open a Parquet file, a folder of parts or a pattern.

    Parameters
    ----------
    raw_dir
        Folder of the export.
    dialect
        Where the file lies; `decimal` is the mark that its numbers get as text.
    wanted
        Headers that must be there, in every part.
    progress
        Told the name and the share of the rows that is read.

    Raises
    ------
    InputError
        A part is missing, there twice, no Parquet, cut off or damaged; a wanted column is missing,
        doubled or of a type without text.
    """
    return ParquetRows(Path(raw_dir), dialect, wanted=wanted, progress=progress)


class ParquetRows:
    """An open Parquet source (a `RowSource`); its parts are read one after the other.

    A row's line is its place in all parts together, plus one, as if there were a header line.
    `text_headers` are the headers of columns that can stand in a cell.
    """

    def __init__(
        self, raw_dir: Path, dialect: Dialect, *, wanted: list[str], progress: Progress | None
    ) -> None:
        self.name = shown_name(dialect.path)
        self.warnings: tuple[str, ...] = ()
        self._raw_dir, self._wanted, self._decimal = raw_dir, wanted, dialect.decimal
        self._progress = progress
        self._parts = find_parts(raw_dir, dialect.path)
        self._stats = [_stamp(path) for path in self._parts]
        footers = [_footer(path, self._said(path)) for path in self._parts]
        self.n_rows = sum(footer.num_rows for footer in footers)
        self.n_bytes = sum(size for size, _ in self._stats)
        self.sha256 = digest_of(
            self._parts, [footer.num_rows for footer in footers], name=self.name
        )
        for path, footer in zip(self._parts, footers, strict=True):
            self._refuse_types(path, footer.schema.to_arrow_schema())
        schema = footers[0].schema.to_arrow_schema()
        self.headers = tuple(self._headers(self._parts[0], schema))
        self.text_headers = tuple(
            header
            for at, header in enumerate(self.headers)
            if at >= len(schema) or has_text(schema.field(at).type)
        )
        self._note_checksums(footers)

    def chunks(self) -> Iterator[TextTable]:
        """Yield the rows in order.

        Raises
        ------
        InputError
            A part is damaged, or was written while being read; or there are no rows.
        """
        n_read = 0
        for path in self._parts:
            for batch in self._batches(path):
                number = np.arange(n_read + 1, n_read + 1 + batch.num_rows, dtype=np.int64)
                n_read += batch.num_rows
                cells = self._cells(path, batch)
                yield text_table(cells, line=number + 1, number=number, headers=self.headers)
                if self._progress is not None:
                    self._progress(self.name, n_read / max(self.n_rows, 1))
        if n_read == 0:
            fix = "export it again"
            raise InputError("no-rows", "the file has columns and no rows", file=self.name, fix=fix)
        if [_stamp(path) for path in self._parts] != self._stats:
            told, fix = "was written while being read", "wait for the export, then run again"
            raise InputError("file-changed", told, file=self.name, fix=fix)

    def _batches(self, path: Path) -> Iterator[pa.RecordBatch]:
        try:
            with pq.ParquetFile(
                path,
                page_checksum_verification=True,
                buffer_size=_BUFFER_BYTES,
                memory_map=False,
            ) as file:
                names = file.schema_arrow.names
                headers = self._headers(path, file.schema_arrow)
                places = places_of(self._wanted, headers, name=self._said(path))
                columns = [names[at] for at in sorted(places.values()) if at < len(names)]
                n_left = file.metadata.num_rows
                for batch in file.iter_batches(_CHUNK_ROWS, columns=columns, use_threads=False):
                    n_left -= batch.num_rows
                    yield batch
                if n_left:  # a damaged page header can end the pages too early
                    raise pa.ArrowInvalid(f"{n_left} rows are missing")
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self._said(path), error) from error

    def _cells(self, path: Path, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        """Return the wanted columns as text; keys of the part's folders are columns too."""
        read = {
            tidy_header(name): as_text(column, decimal=self._decimal)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }
        for key, value in self._keys(path).items():
            read.setdefault(key, pa.repeat(pa.scalar(value, TEXT), batch.num_rows))
        cells, places = list(read.values()), places_of(self._wanted, list(read), name=self.name)
        return {header: cells[at] for header, at in places.items()}

    def _headers(self, path: Path, schema: pa.Schema) -> list[str]:
        own = [tidy_header(name) for name in schema.names]
        return [*own, *(key for key in self._keys(path) if key not in own)]

    def _keys(self, path: Path) -> dict[str, str]:
        """Return ``{key: value}`` of the folders ``key=value`` above a part."""
        folders = path.relative_to(self._raw_dir).parts[:-1]
        pairs = [folder.partition("=") for folder in folders if "=" in folder]
        return {tidy_header(key): "" if value == _NO_VALUE else value for key, _, value in pairs}

    def _refuse_types(self, path: Path, schema: pa.Schema) -> None:
        headers = self._headers(path, schema)
        for header, at in places_of(self._wanted, headers, name=self._said(path)).items():
            if at < len(schema) and not has_text(schema.field(at).type):
                raise InputError(
                    "unreadable-type",
                    f"holds {schema.field(at).type}, which is no single value",
                    file=self._said(path),
                    column=header,
                    fix="export it as a plain column, or give it the role `ignore`",
                )

    def _note_checksums(self, footers: list[pq.FileMetaData]) -> None:
        pairs = zip(self._parts, footers, strict=True)
        n_bare = sum(not has_checksums(path, footer) for path, footer in pairs)
        if n_bare:
            of = (
                f"{n_bare:,} of {len(footers):,} files have" if len(footers) > 1 else "the file has"
            )
            told = f"{self.name}: {of} no page checksums, so damage on the disk could go unseen"
            self.warnings = (*self.warnings, told)

    def _said(self, path: Path) -> str:
        """Return what a part is called in messages."""
        return shown_name(path.relative_to(self._raw_dir).as_posix())


def _stamp(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns


def _footer(path: Path, said: str) -> pq.FileMetaData:
    refuse_other_kinds(path, said)
    try:
        return pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(said, error) from error


def _damaged(said: str, error: Exception) -> InputError:
    if "CRC checksum" in str(error):
        told = "a page is not as it was written (its checksum differs)"
    else:
        told = "can't be read to its end"
    fix = "copy or export it again"
    return InputError("damaged-parquet", told, file=said, fix=fix)
