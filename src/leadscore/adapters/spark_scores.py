"""The night's pieces scored on Spark: `Night.pieces` over the leads of each task, the same function as here.

The bundle goes to the workers as an archive of its text files; each worker checks every hash before it
parses one. A piece comes back as Arrow bytes, so that nothing of it is converted on the way; a fault
comes back as what it was.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from leadscore.adapters.bundle import Bundle
from leadscore.adapters.events.event_files import BATCH_EVENTS, whole_leads
from leadscore.adapters.registry.copies import read_exactly
from leadscore.adapters.spark_rows import SparkAsk, by_lead, session, sources_of
from leadscore.domain import errors
from leadscore.domain.errors import InputError, LeadscoreError
from leadscore.domain.settings import Settings
from leadscore.scoring.issuing import Issue
from leadscore.scoring.nightly import Night, Piece
from leadscore.scoring.scorer import Opinion, Scorer
from leadscore.scoring.view import Sources

_MADE = pa.schema([("issued", pa.binary()), ("kept", pa.binary()), ("told", pa.string())])
"""A row is a piece (two tables, and the leads that are disqualified) or a fault (`told` alone)."""


@dataclass(frozen=True)
class Shipped:
    """A bundle on its way to the workers: its archive's name there, its hash, and who of it leads tonight."""

    archive: str
    sha256: str
    opinion: Opinion
    has_model: bool

    def scorer(self) -> Scorer:
        """Return the scorer on a worker, read and checked once for each worker process.

        Raises
        ------
        InputError
            As `copies.read_exactly`: what arrived is not what was sent.
        """
        from pyspark import SparkFiles

        read = _read(SparkFiles.get(self.archive), self.sha256)
        return replace(read, opinion=self.opinion, model=read.model if self.has_model else None)


@cache
def _read(folder: str, sha256: str) -> Scorer:
    return read_exactly(Path(folder), sha256).scorer


@dataclass(frozen=True)
class ScoreJob:
    """What a task needs beside its rows; it travels to the workers.

    `sources` says what the columns mean; its tables are empty. The scorer is not in here: it is `shipped`.
    """

    shipped: Shipped
    sources: Sources
    settings: Settings
    about: Issue
    kept: frozenset[str]
    shape: str
    as_of: pd.Timestamp
    batch_events: int = BATCH_EVENTS

    def run(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Turn a partition's rows, sorted by lead, table and time, into pieces, one row each."""
        try:
            yield from (packed(piece) for piece in self.pieces(batches))
        except LeadscoreError as error:
            yield packed_fault(error)

    def pieces(self, batches: Iterator[pa.RecordBatch]) -> Iterator[Piece]:
        """Score the open leads of a partition."""
        scorer = self.shipped.scorer()
        night = Night(scorer, self.settings, self.about, self.kept, self.shape, self.as_of)
        streamed = (pa.Table.from_batches([batch]) for batch in batches)
        for rows in whole_leads(streamed, self.batch_events):
            yield from night.pieces(sources_of(rows, self.sources))


def spark_pieces(
    ask: SparkAsk, night: Night, bundle: Bundle, *, known: Sources, tables: Path
) -> list[Piece]:
    """Score all open leads on Spark and collect the pieces here, in no order that means anything.

    Parameters
    ----------
    night
        As it would score here; `bundle` is what its scorer was read from.
    known
        What the columns mean, without rows.
    tables
        Folder of the ingest stage's tables; `ask` may name a copy that the workers reach.

    Raises
    ------
    InputError
        ``no-spark``; ``spark-failed``: Spark gave up, its last words.
    LeadscoreError
        What a worker raised.
    """
    spark = session(ask.master)
    from pyspark.errors import PySparkException
    from pyspark.sql.pandas.types import from_arrow_schema

    archive = _archived(bundle)
    leads = night.scorer.opinion, night.scorer.model is not None
    job = ScoreJob(
        Shipped(archive.name, bundle.sha256, *leads), known,
        night.settings.model_copy(update={"threads": 1}),  # a task is one core
        night.about, night.kept, night.shape, night.as_of,
    )  # fmt: skip
    try:
        spark.sparkContext.addArchive(str(archive))
        rows = by_lead(spark, ask.tables or str(tables), partitions=ask.partitions)
        made = rows.mapInArrow(job.run, from_arrow_schema(_MADE)).toArrow()
    except PySparkException as error:
        raise _failed(str(error)) from error
    return unpacked(made)


def packed(piece: Piece) -> pa.RecordBatch:
    """Return a piece as one row of Arrow bytes."""
    told = json.dumps({"never": [str(lead) for lead in piece.never]})
    row = {"issued": _bytes_of(piece.issued), "kept": _bytes_of(piece.kept), "told": told}
    return pa.RecordBatch.from_pylist([row], schema=_MADE)


def packed_fault(error: LeadscoreError) -> pa.RecordBatch:
    """Return an error as a row, to be raised by `unpacked`."""
    plain = {
        "code": error.code, "message": error.message, "fix": error.fix, "row": error.row,
        "column": error.column, "file": None if error.file is None else str(error.file),
    }  # fmt: skip
    told = json.dumps({"kind": type(error).__name__, "error": plain})
    return pa.RecordBatch.from_pylist([{"told": told}], schema=_MADE)


def unpacked(made: pa.Table) -> list[Piece]:
    """Return the pieces of collected rows.

    Raises
    ------
    LeadscoreError
        Some row is a fault; of several the first by its words, so that it is the same one every time.
    """
    rows = made.to_pylist()
    told = [json.loads(row["told"]) for row in rows]
    faults = [(row["kind"], row["error"]) for row in told if "kind" in row]
    if faults:
        kind, plain = min(faults, key=lambda fault: json.dumps(fault))
        raise _error_of(kind, plain)
    return [
        Piece(_frame_of(row["issued"]), _frame_of(row["kept"]), each["never"])
        for row, each in zip(rows, told, strict=True)
    ]


def _error_of(kind: str, plain: dict[str, Any]) -> LeadscoreError:
    raised: type[LeadscoreError] = getattr(errors, kind)
    return raised(plain.pop("code"), plain.pop("message"), **plain)


def _bytes_of(frame: pd.DataFrame) -> bytes:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        stream.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _frame_of(content: bytes) -> pd.DataFrame:
    with pa.ipc.open_stream(content) as stream:
        frame: pd.DataFrame = stream.read_pandas()
    return frame


def _archived(bundle: Bundle) -> Path:
    """Write the bundle's files as an archive, the same bytes each time, which lives as long as this process."""
    archive = _shipping_folder() / f"bundle-{bundle.sha256}.zip"
    with zipfile.ZipFile(archive, "w") as packing:
        for name in ["manifest.json", *sorted(bundle.manifest["members"])]:
            packing.writestr(zipfile.ZipInfo(name), (bundle.folder / name).read_bytes())
    return archive


@cache
def _shipping_folder() -> Path:
    """Return a folder of this process: executors that join late fetch what was added before."""
    folder = tempfile.mkdtemp(prefix="leadscore-bundles-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _failed(told: str) -> InputError:
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return InputError(
        "spark-failed", f"Spark gave up: {lines[0][:200]} ... {lines[-1][:200]}",
        fix="see Spark's log; more --partitions need less memory each",
    )  # fmt: skip
