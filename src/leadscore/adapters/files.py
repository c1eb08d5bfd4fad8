"""Writing without halves: a file or a folder is there whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from leadscore.adapters.durable import filling_for, force, force_all, sweep
from leadscore.delivery.spreadsheet import escaped, to_csv
from leadscore.domain.errors import InputError

BY_LEAD_AND_TIME = ("lead_id", "occurred_at")
"""How every table of dated rows lies."""
ROWS_PER_GROUP = 131_072
"""Rows a reader of Parquet must take at once."""


def sha256_of(path: Path) -> str:
    """Return the hex sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the target's place when the block ends well.

    A fault inside the block leaves the old folder as it was, and no new folder above it. What is seen
    has been forced to disk; what killed runs left of the same target is swept first.

    Raises
    ------
    InputError
        ``folder-in-use``: a file lies where the folder, or one above it, should be.
    """
    refuse_a_file(target)
    made = [above for above in target.parents if not above.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target.parent, target.name)
    filling, held = filling_for(target)
    try:
        yield filling
        filling.chmod(0o755)
        force_all(filling)
        _put(filling, target)
        for above in (target.parent, *(place.parent for place in made if place.parent.exists())):
            force(above)
    except BaseException:
        shutil.rmtree(filling, ignore_errors=True)
        with suppress(OSError):  # another run may have put something there
            for above in made:
                above.rmdir()
        raise
    finally:
        os.close(held)


def refuse_a_file(target: Path) -> None:
    """Refuse a file where a folder, or one above it, should be.

    Raises
    ------
    InputError
        ``folder-in-use``.
    """
    for place in (target, *target.parents):
        if place.exists() and not place.is_dir():
            raise InputError(
                "folder-in-use",
                "expected a folder, found a file",
                file=place,
                fix="move the file away",
            )


def _put(filling: Path, target: Path) -> None:
    """Rename a filled folder to its place; the old one goes only when the new one is there."""
    if not target.exists():
        filling.rename(target)
        return
    old = filling.with_name(filling.name + ".old")
    target.rename(old)
    try:
        filling.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def to_json(plain: Any) -> str:
    """Return JSON with sorted keys, two-space indent and a last newline; NaN is refused."""
    return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def read_json(path: Path, *, fix: str) -> Any:
    """Read a JSON file the project wrote.

    Raises
    ------
    InputError
        ``missing-file`` or ``bad-json``.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError("missing-file", "the file is not there", file=path, fix=fix) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError("bad-json", str(error), file=path, fix=fix) from error


def write_csv(path: Path, rows: pd.DataFrame) -> None:
    """Write rows as CSV that a spreadsheet does not run.

    Raises
    ------
    InputError
        ``missing-folder``: the file's folder is not there.
    """
    if not path.parent.is_dir():
        raise InputError("missing-folder", "the folder is not there", file=path.parent)
    path.write_text(to_csv(escaped(rows)), encoding="utf-8", newline="")


def write_table(path: Path, table: pd.DataFrame, *, sorted_by: Sequence[str] = ()) -> None:
    """Write Parquet with page checksums (bit rot in a page is found on reading)."""
    write_tables(path, [table], sorted_by=sorted_by)


def write_tables(
    path: Path, tables: Iterable[pd.DataFrame], *, sorted_by: Sequence[str] = ()
) -> None:
    """Write tables of one schema, one after the other, into one Parquet file; at least one.

    Only the table at hand is held in memory. `sorted_by`: see `parquet_writer`.
    """
    writer: pq.ParquetWriter | None = None
    try:
        for table in tables:
            rows = pa.Table.from_pandas(table, preserve_index=False)
            if writer is None:
                writer = parquet_writer(path, rows.schema, sorted_by=sorted_by)
            writer.write_table(rows.cast(writer.schema), row_group_size=ROWS_PER_GROUP)
    finally:
        if writer is not None:
            writer.close()


def parquet_writer(
    path: Path, schema: pa.Schema, *, sorted_by: Sequence[str] = ()
) -> pq.ParquetWriter:
    """Open a Parquet file to be written: page checksums, microseconds, repeated text as codes.

    The same rows give the same bytes: what pandas would note of them is left out. The file says by
    which columns its rows are sorted (ascending, nulls first); putting them in order is the caller's.
    """
    order = [(name, "ascending") for name in sorted_by]
    return pq.ParquetWriter(
        path,
        schema.remove_metadata(),
        compression="zstd",
        write_page_checksum=True,
        coerce_timestamps="us",
        sorting_columns=pq.SortingColumn.from_ordering(schema, order, null_placement="at_start")
        if order
        else None,
    )


def is_sorted_by(path: Path, names: Sequence[str]) -> bool:
    """Tell whether a Parquet file says of all its rows that they are sorted by these columns first."""
    footer = pq.read_metadata(path)
    columns = footer.schema.to_arrow_schema().names
    for i in range(footer.num_row_groups):
        said = footer.row_group(i).sorting_columns[: len(names)]
        if [columns[c.column_index] for c in said if not c.descending] != list(names):
            return False
    return True


def rows_in(path: Path, *, fix: str) -> int:
    """Return the number of rows that a Parquet file's footer tells.

    Raises
    ------
    InputError
        ``missing-file`` or ``damaged-table``.
    """
    with _damage_told(path, fix=fix):
        return int(pq.read_metadata(path).num_rows)


@contextmanager
def _damage_told(path: Path, *, fix: str) -> Iterator[None]:
    """Turn what reading a Parquet file the project wrote stumbles over into one clear error."""
    try:
        yield
    except FileNotFoundError:
        raise InputError("missing-file", "the table is not there", file=path, fix=fix) from None
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError("damaged-table", str(error), file=path, fix=fix) from error


def read_table(
    path: Path,
    *,
    columns: list[str] | None = None,
    filters: list[tuple[str, str, object]] | None = None,
    fix: str,
) -> pd.DataFrame:
    """Read Parquet the project wrote, checking page checksums.

    Parameters
    ----------
    filters
        Column, comparison and value that all rows are to have; row groups that cannot have such rows are not read.

    Raises
    ------
    InputError
        ``missing-file`` or ``damaged-table``.
    """
    with _damage_told(path, fix=fix):
        arrow = pq.read_table(
            path, columns=columns, filters=filters, page_checksum_verification=True
        )
        # The footer has no checksum: pandas' notes there are left alone, Arrow's types say enough.
        table: pd.DataFrame = arrow.to_pandas(ignore_metadata=True)
    return table
