"""Write the simulated CRM to disk as the export a real CRM would give, with its truth beside it.

It streams block by block, so memory does not grow with the number of leads, and it swaps finished
folders in at the end: a broken run leaves the old export untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from leadscore.adapters.files import whole_folder
from leadscore.domain.errors import InputError
from leadscore.simulation.blocks import Block, simulate_blocks
from leadscore.simulation.world import World

EXPORT_FILES = (
    "companies.csv",
    "leads.csv",
    "events.csv",
    "deals.csv",
    "feedback.csv",
    "nps.csv",
)
TRUTH_FILES = ("truth.parquet", "truth_leads.parquet", "bots.parquet")
_QUOTED_FILES = ("leads.csv",)
"""Job titles may hold commas; the other files hold none and stay small without quotes."""
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

Progress = Callable[[int, int], None]
"""Called after each block with the leads written so far and the leads asked for."""


def write_export(
    world: World,
    out_dir: Path,
    truth_dir: Path,
    *,
    n_leads: int,
    seed: int,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Simulate `n_leads` leads and write export and truth, replacing older ones.

    Parameters
    ----------
    world : the market
    out_dir : folder of the export: companies, leads, events, deals, feedback, nps (CSV, UTF-8)
    truth_dir : folder of the truth: truth, truth_leads, bots (Parquet, page checksums)
    n_leads : number of leads, 100 .. 10,000,000
    seed : same seed, same bytes
    progress : called with (leads written, leads asked for) after each block

    Returns
    -------
    dict
        Rows written by table: companies, leads, events, deals, feedback, nps, truth, truth_leads,
        bots.

    Raises
    ------
    InputError
        If the folders are the same or one lies in the other, if one holds a file that is no part
        of an export, or if `n_leads` is out of range.
    """
    out_dir, truth_dir = Path(out_dir).absolute(), Path(truth_dir).absolute()
    blocks = simulate_blocks(world, n_leads=n_leads, seed=seed)
    if out_dir == truth_dir or out_dir in truth_dir.parents or truth_dir in out_dir.parents:
        raise InputError(
            "bad-folder",
            f"export and truth need two separate folders, got {out_dir} and {truth_dir}",
            fix="choose a truth folder outside the export",
        )
    _refuse_strangers(out_dir, EXPORT_FILES)
    _refuse_strangers(truth_dir, TRUTH_FILES)
    with whole_folder(out_dir) as new_out, whole_folder(truth_dir) as new_truth:
        return _write_blocks(blocks, new_out, new_truth, n_leads, progress)


def _refuse_strangers(folder: Path, known: tuple[str, ...]) -> None:
    """Refuse a folder that holds anything but an older export, since replacing deletes it."""
    if folder.is_dir():
        strangers = sorted(entry.name for entry in folder.iterdir() if entry.name not in known)
        if strangers:
            raise InputError(
                "folder-in-use",
                f"expected an empty folder or an older export, found {strangers[0]!r}",
                file=folder,
                fix="choose another folder or move the file away",
            )
    elif folder.exists():
        raise InputError("folder-in-use", "expected a folder, found a file", file=folder)


def _write_blocks(
    blocks: Iterator[Block], out: Path, truth: Path, n_leads: int, progress: Progress | None
) -> dict[str, int]:
    n_rows = dict.fromkeys((Path(name).stem for name in EXPORT_FILES + TRUTH_FILES), 0)
    with ExitStack() as stack:
        texts = {name: stack.enter_context((out / name).open("wb")) for name in EXPORT_FILES}
        parquet: dict[str, pq.ParquetWriter] = {}
        for block in blocks:
            for name, file in texts.items():
                table = getattr(block, Path(name).stem)
                append_csv(
                    file,
                    table,
                    with_header=n_rows[Path(name).stem] == 0,
                    quotes_text=name in _QUOTED_FILES,
                )
                n_rows[Path(name).stem] += len(table)
            for name in TRUTH_FILES:
                rows = _as_arrow(getattr(block, Path(name).stem))
                if name not in parquet:
                    parquet[name] = stack.enter_context(
                        pq.ParquetWriter(truth / name, rows.schema, compression="zstd",
                                         write_page_checksum=True)
                    )  # fmt: skip
                parquet[name].write_table(rows)
                n_rows[Path(name).stem] += rows.num_rows
            if progress is not None:
                progress(n_rows["leads"], n_leads)
    return n_rows


def append_csv(
    file: BinaryIO, table: pd.DataFrame, *, with_header: bool, quotes_text: bool
) -> None:
    """Append a table: comma, UTF-8, times as `2024-03-05T14:02:11Z`.

    Parameters
    ----------
    file : open for writing bytes
    table : any columns; times must be UTC
    with_header : write the line of column names first
    quotes_text : put every text in quotes; without it a text with a comma is an error
    """
    if with_header:
        file.write((",".join(table.columns) + "\n").encode())
    rows = _as_arrow(table)
    columns = [_as_text(column) for column in rows.columns]
    style = "needed" if quotes_text else "none"
    options = pa_csv.WriteOptions(include_header=False, quoting_style=style)
    pa_csv.write_csv(pa.table(columns, names=rows.column_names), file, write_options=options)


def _as_arrow(table: pd.DataFrame) -> pa.Table:
    """Turn a table into Arrow; times by hand, since pyarrow 25 reads them with a pandas warning."""
    columns = {}
    for name, column in table.items():
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            naive = pa.array(column.dt.tz_convert(None).to_numpy(), from_pandas=True)
            columns[str(name)] = naive.cast(pa.timestamp("us", "UTC"))
        else:
            columns[str(name)] = pa.array(column, from_pandas=True)
    return pa.table(columns)


def _as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Spell times; leave the rest to the CSV writer."""
    if pa.types.is_timestamp(values.type):
        return pc.strftime(values.cast(pa.timestamp("s", "UTC")), format=_TIME_FORMAT)
    return values
