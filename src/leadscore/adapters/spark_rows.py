"""Spark for snapshots and scores alike: the session, and all tables as one frame in which leads stay whole.

Leads, outcomes, changes and events are put into one frame, partitioned by lead and sorted within
partitions; a task makes a source of the whole leads it holds, and the pure floors do the rest.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from leadscore.adapters.events.event_files import to_log
from leadscore.domain.errors import InputError
from leadscore.history.log import EventLog
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


@dataclass(frozen=True)
class SparkAsk:
    """How Spark is to be asked: master, tasks, and where its workers read and write if not here."""

    master: str | None
    partitions: int
    tables: str | None = None
    out: str | None = None


@dataclass(frozen=True)
class _OneLog:
    log: EventLog

    def batches(self) -> Iterator[EventLog]:
        """Yield the one log there is, if it holds anything."""
        if len(self.log):
            yield self.log


def sources_of(rows: pa.Table, known: Sources) -> Sources:
    """Return whole leads, given as rows of all tables, as a source; `known` says what the columns mean."""
    table = {name: _rows_of(rows, name) for name in _TABLES}
    return replace(
        known,
        leads=table["leads"].to_pandas(),
        outcomes=table["outcomes"].to_pandas(),
        events=None if known.events is None else _OneLog(to_log(table["events"])),
        changes=None if known.changes is None else table["changes"].to_pandas(),
    )


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


def by_lead(spark: SparkSession, tables: str, *, partitions: int) -> DataFrame:
    """Return the rows of all tables, each lead's in one partition, sorted by lead, table and time."""
    rows = one_frame(spark, tables).repartition(partitions, "lead_id")
    return rows.sortWithinPartitions(*_SORTED_BY)


def one_frame(spark: SparkSession, tables: str) -> DataFrame:
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
