"""The snapshot stage on Spark: the same function as on one machine, over the leads of each task.

Leads, outcomes and events are put into one frame, partitioned by lead and sorted within partitions;
each task cuts its stream at whole leads and hands them to `scoring.snapshots.take_parts`. Spark
computes nothing itself, so nothing can be computed differently.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leadscore.adapters.events.event_files import BATCH_EVENTS, to_log, whole_leads
from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings
from leadscore.history.features import Feature
from leadscore.history.log import EventLog
from leadscore.scoring.grid.several import AnyGrid
from leadscore.scoring.snapshots import Counts, Taken, counts_together, take_parts
from leadscore.scoring.view import Sources

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TABLES = ("leads", "outcomes", "changes", "events")
_SORTED_BY = (
    "lead_id",
    "table",
    "events__occurred_at",
    "events__type",
    "events__subject",
    "events__value",
)
_KIND = "kind"
"""Extra column: ``snapshots``, or ``counts`` for a row whose `lead_id` is a part's counts as JSON."""


@dataclass(frozen=True)
class SnapshotJob:
    """What a task needs beside its rows; it travels to the workers.

    `sources` says what the columns mean; its tables are empty.
    """

    sources: Sources
    grid: AnyGrid
    settings: Settings
    shape: str
    until: pd.Timestamp
    batch_events: int = BATCH_EVENTS

    def run(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Turn a partition's rows, sorted by lead, table and time, into snapshots and their counts."""
        streamed = (pa.Table.from_batches([batch]) for batch in batches)
        for rows in whole_leads(streamed, self.batch_events):
            for taken in self.taken(rows):
                schemas.check(schemas.SNAPSHOTS, taken.snapshots)
                yield from with_counts(taken).to_batches()

    def taken(self, rows: pa.Table) -> Iterator[Taken]:
        """Take snapshots of whole leads, given as rows of all tables."""
        table = {name: _rows_of(rows, name) for name in _TABLES}
        part = replace(
            self.sources,
            leads=table["leads"].to_pandas(),
            outcomes=table["outcomes"].to_pandas(),
            events=_OneLog(to_log(table["events"])),
            changes=table["changes"].to_pandas(),
        )
        yield from take_parts(part, self.grid, self.settings, shape=self.shape, until=self.until)


@dataclass(frozen=True)
class _OneLog:
    log: EventLog

    def batches(self) -> Iterator[EventLog]:
        """Yield the one log there is, if it holds anything."""
        if len(self.log):
            yield self.log


def with_counts(taken: Taken) -> pa.Table:
    """Return a part's snapshots, and below them a row with its counts."""
    rows = pa.Table.from_pandas(taken.snapshots, preserve_index=False).replace_schema_metadata()
    plain = [
        field.with_type(pa.string()) if pa.types.is_large_string(field.type) else field
        for field in rows.schema
    ]
    kinds = pa.array(["snapshots"] * len(rows), pa.string())
    rows = rows.cast(pa.schema(plain)).append_column(_KIND, kinds)
    told = {"lead_id": json.dumps(taken.counts), _KIND: "counts"}
    return pa.concat_tables([rows, pa.Table.from_pylist([told], schema=rows.schema)])


@dataclass(frozen=True)
class SparkAsk:
    """How Spark is to be asked: master, tasks, and where its workers read and write if not here."""

    master: str | None
    partitions: int
    tables: str | None = None
    out: str | None = None


def spark_snapshots(
    ask: SparkAsk, job: SnapshotJob, *, tables: Path, out: Path
) -> tuple[tuple[Feature, ...], Counts]:
    """Take all snapshots on Spark into `out`; return what the features are and what was counted.

    Parameters
    ----------
    tables, out
        Folder of the ingest stage's tables, and the Parquet folder to write; `ask` may name others
        that the workers reach.
    """
    spark = session(ask.master)
    source, target = ask.tables or str(tables), ask.out or f"{out}.parts"
    few = _few(spark, source, job)
    counts = write_snapshots(
        spark, source, target, job=job, schema=with_counts(few).schema, partitions=ask.partitions
    )
    if ask.out is None:
        (Path(target) / f"{_KIND}=snapshots").rename(out)
        shutil.rmtree(target)
    return few.features, counts


def write_snapshots(
    spark: SparkSession,
    tables: str,
    out: str,
    *,
    job: SnapshotJob,
    schema: pa.Schema,
    partitions: int,
) -> Counts:
    """Read tables of the ingest stage, take snapshots, write them as Parquet; return the counts.

    Parameters
    ----------
    tables, out
        Folders as Spark names them: a path, or ``s3a://bucket/folder``. `out` must not exist.
    schema
        Columns that `SnapshotJob.run` gives.
    partitions
        Number of tasks; each should hold some hundred thousand events at least.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    rows = _one_frame(spark, tables).repartition(partitions, "lead_id")
    rows = rows.sortWithinPartitions(*_SORTED_BY)
    taken = rows.mapInArrow(job.run, from_arrow_schema(schema, prefer_timestamp_ntz=False))
    taken.write.partitionBy(_KIND).parquet(out)
    told = spark.read.parquet(f"{out}/{_KIND}=counts").select("lead_id").collect()
    return reduce(counts_together, (json.loads(row["lead_id"]) for row in told))


def session(master: str | None) -> SparkSession:
    """Return a Spark session in UTC; `master` as spark-submit gave it, if it did.

    Raises
    ------
    InputError
        ``no-spark``: PySpark or Java is not installed.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise _no_spark(
            "PySpark is not installed", "install the extra: uv sync --extra spark"
        ) from None
    # Rows travel as Arrow; the pandas that Spark warns of is never used.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support", FutureWarning)
    builder = SparkSession.builder.appName("leadscore").config("spark.sql.session.timeZone", "UTC")
    # Two writers a task (snapshots, counts), or Spark would sort all rows by that column first.
    builder = builder.config("spark.sql.maxConcurrentOutputFileWriters", "2")
    builder = builder.config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    if master is not None:
        builder = builder.master(master)
        if master.startswith("local"):  # the workers are this machine's, so is their Python
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        return builder.getOrCreate()
    except (PySparkException, FileNotFoundError) as error:
        told = str(error).splitlines()[0]
        raise _no_spark(told, "install Java 17 and set JAVA_HOME, or check --master") from error


def _no_spark(told: str, fix: str) -> InputError:
    return InputError("no-spark", told, fix=fix)


def _one_frame(spark: SparkSession, tables: str) -> DataFrame:
    """Return all tables as one frame: each row fills the columns of its own table only."""
    from pyspark.sql import functions as sql

    frames = []
    for place, name in enumerate(_TABLES):
        table = spark.read.parquet(f"{tables}/{name}.parquet")
        frames.append(
            table.select(
                "lead_id",
                sql.lit(place).alias("table"),
                *(sql.col(c).alias(f"{name}__{c}") for c in table.columns if c != "lead_id"),
            )
        )
    united = frames[0]
    for frame in frames[1:]:
        united = united.unionByName(frame, allowMissingColumns=True)
    return united


def _rows_of(rows: pa.Table, name: str) -> pa.Table:
    """Return the rows of one table, under its own column names."""
    mine = rows.filter(pc.equal(rows["table"], _TABLES.index(name)))
    own = [column for column in rows.column_names if column.startswith(f"{name}__")]
    return mine.select(["lead_id", *own]).rename_columns(
        ["lead_id", *(column.removeprefix(f"{name}__") for column in own)]
    )


def _few(spark: SparkSession, tables: str, job: SnapshotJob) -> Taken:
    """Return what a handful of leads gives without their events: columns, and what they are."""
    few = _one_frame(spark, tables).filter("table = 0").limit(3).toArrow()
    return next(job.taken(few))
