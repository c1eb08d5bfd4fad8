"""The snapshot stage on Spark: the same function as on one machine, over the leads of each task.

Each task cuts its stream of `spark_rows.by_lead` at whole leads and hands them to
`scoring.snapshots.take_parts`. Spark computes nothing itself, so nothing can be computed differently.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from leadscore.adapters.events.event_files import BATCH_EVENTS, whole_leads
from leadscore.adapters.spark_rows import SparkAsk, by_lead, one_frame, session, sources_of
from leadscore.domain import schemas
from leadscore.domain.settings import Settings
from leadscore.history.features import Feature
from leadscore.scoring.grid.several import AnyGrid
from leadscore.scoring.snapshots import Counts, Taken, counts_together, take_parts
from leadscore.scoring.view import Sources

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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
        part = sources_of(rows, self.sources)
        yield from take_parts(part, self.grid, self.settings, shape=self.shape, until=self.until)


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

    rows = by_lead(spark, tables, partitions=partitions)
    taken = rows.mapInArrow(job.run, from_arrow_schema(schema, prefer_timestamp_ntz=False))
    taken.write.partitionBy(_KIND).parquet(out)
    told = spark.read.parquet(f"{out}/{_KIND}=counts").select("lead_id").collect()
    return reduce(counts_together, (json.loads(row["lead_id"]) for row in told))


def _few(spark: SparkSession, tables: str, job: SnapshotJob) -> Taken:
    """Return what a handful of leads gives without their events: columns, and what they are."""
    few = one_frame(spark, tables).filter("table = 0").limit(3).toArrow()
    return next(job.taken(few))
