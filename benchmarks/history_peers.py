"""The same 72 columns by others: DuckDB SQL, Polars, and pandas as a data scientist would write it.

Each takes one date after the other, as a query or a script would, and yields a table of the leads
open then: lead_id and the columns, absent counts and sums 0, recency missing where nothing was yet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.history_asked import HALF_LIFE_DAYS, WINDOWS

THREADS = 2
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Question:
    """Files, how many leads of `leads` are asked for, the types, and the dates."""

    events: Path
    leads: Path
    n_leads: int
    types: tuple[str, ...]
    dates: Sequence[datetime]
    also_closed: bool = False


Answer = Callable[[Question], Iterator[pa.Table]]


def counted(answers: Iterator[pa.Table]) -> tuple[int, dict[str, float]]:
    """Return how many looks there were, and the sum of every column."""
    n_looks, sums = 0, {}
    for table in answers:
        n_looks += table.num_rows
        for name in table.column_names:
            if name != "lead_id":
                found = pc.sum(pc.cast(table[name], pa.float64())).as_py() or 0.0
                sums[name] = sums.get(name, 0.0) + found
    return n_looks, sums


def by_duckdb(asked: Question) -> Iterator[pa.Table]:
    """Join the leads open at each date to their events: one pass of conditional aggregates a date."""
    columns = ", ".join(
        f"{sql} FILTER (type = '{kind}'{more}) AS {name}"
        for kind in asked.types
        for name, sql, more in _duckdb_columns(kind)
    )
    with _duckdb(asked) as engine:
        for as_of in asked.dates:
            yield engine.sql(
                f"""
                SELECT lead_id, {_zeros(asked.types)} FROM (
                    SELECT o.lead_id, {columns}
                    FROM open_at($as_of) o
                    LEFT JOIN events e ON e.lead_id = o.lead_id AND e.occurred_at <= $as_of
                    GROUP BY o.lead_id
                )""",
                params={"as_of": as_of},
            ).to_arrow_table()


def by_duckdb_per_type(asked: Question) -> Iterator[pa.Table]:
    """Aggregate by lead and type first, six numbers each, and only then make columns of types."""
    numbers = ", ".join(
        f"{sql}{f' FILTER ({more[5:]})' if more else ''} AS {name}"
        for name, sql, more in _duckdb_columns("")
    )
    columns = ", ".join(
        f"max({name}) FILTER (type = '{kind}') AS {name.replace('act__', f'act_{kind}_')}"
        for kind in asked.types
        for name, _, _ in _duckdb_columns("")
    )
    with _duckdb(asked) as engine:
        for as_of in asked.dates:
            yield engine.sql(
                f"""
                SELECT lead_id, {_zeros(asked.types)} FROM (
                    SELECT o.lead_id, {columns}
                    FROM open_at($as_of) o LEFT JOIN (
                        SELECT e.lead_id, type, {numbers}
                        FROM events e SEMI JOIN open_at($as_of) o ON e.lead_id = o.lead_id
                        WHERE e.occurred_at <= $as_of
                        GROUP BY e.lead_id, type
                    ) n ON n.lead_id = o.lead_id
                    GROUP BY o.lead_id
                )""",
                params={"as_of": as_of},
            ).to_arrow_table()


def _duckdb_columns(kind: str) -> Iterator[tuple[str, str, str]]:
    """Yield a type's columns: name, aggregate, and a further condition."""
    for days in WINDOWS:
        more = f" AND occurred_at > $as_of - INTERVAL {days} DAY"
        yield f"act_{kind}_count_{days}d", "count(occurred_at)", more
    age = "(epoch_us($as_of) - epoch_us(occurred_at)) / 86400e6"
    yield f"act_{kind}_recency_days", f"min({age})", ""
    yield f"act_{kind}_decayed_{HALF_LIFE_DAYS:g}d", f"sum(pow(2.0, -{age} / {HALF_LIFE_DAYS}))", ""


def _zeros(types: Sequence[str]) -> str:
    """Return the list of columns, with 0 for the counts and sums that are absent."""
    names = [name for kind in types for name, _, _ in _duckdb_columns(kind)]
    return ", ".join(
        name if "recency" in name else f"coalesce({name}, 0) AS {name}" for name in names
    )


def _duckdb(asked: Question) -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect(config={"threads": THREADS, "memory_limit": "4GB"})
    engine.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
    engine.execute(f"CREATE VIEW events AS SELECT * FROM read_parquet('{asked.events}')")
    engine.execute(
        f"CREATE TABLE leads AS SELECT * FROM read_parquet('{asked.leads}')"
        f" ORDER BY lead_id LIMIT {asked.n_leads}"
    )
    still = "true" if asked.also_closed else "(closed IS NULL OR closed > moment)"
    engine.execute(
        "CREATE MACRO open_at(moment) AS TABLE"
        f" SELECT lead_id FROM leads WHERE created <= moment AND {still}"
    )
    return engine


def by_polars(asked: Question) -> Iterator[pa.Table]:
    """Read once; at each date filter, aggregate by lead and type, and make columns of types."""
    import polars as pl

    events = pl.read_parquet(asked.events, columns=["lead_id", "occurred_at", "type"])
    leads = pl.read_parquet(asked.leads).head(asked.n_leads)
    for as_of in asked.dates:
        moment = pl.lit(as_of).cast(pl.Datetime("us", "UTC"))
        is_open = pl.col("created") <= moment
        if not asked.also_closed:
            is_open &= pl.col("closed").is_null() | (pl.col("closed") > moment)
        opened = leads.lazy().filter(is_open).select("lead_id")
        age = (moment - pl.col("occurred_at")).dt.total_seconds() / DAY_SECONDS
        counts = [(age < days).sum().alias(f"count_{days}d") for days in WINDOWS]
        numbers = (
            events.lazy()
            .filter(pl.col("occurred_at") <= moment)
            .join(opened, on="lead_id", how="semi")
            .group_by("lead_id", "type")
            .agg(
                *counts,
                age.min().alias("recency_days"),
                (-age * (math.log(2) / HALF_LIFE_DAYS)).exp().sum().alias(_DECAYED),
            )
        )
        columns = [
            pl.col(name).filter(pl.col("type") == kind).first().alias(f"act_{kind}_{name}")
            for kind in asked.types
            for name in _NAMES
        ]
        wide = numbers.group_by("lead_id").agg(columns)
        filled = pl.col("^act_.*_(count|decayed)_.*$").fill_null(0)
        table = opened.join(wide, on="lead_id", how="left").with_columns(filled).collect()
        yield table.to_arrow()


def by_pandas(asked: Question) -> Iterator[pa.Table]:
    """Group by lead and type at each date, once a window, and unstack the types."""
    events = pd.read_parquet(asked.events, columns=["lead_id", "occurred_at", "type"])
    leads = pd.read_parquet(asked.leads).head(asked.n_leads)
    for as_of in asked.dates:
        is_open = leads["created"] <= as_of
        if not asked.also_closed:
            is_open &= ~(leads["closed"] <= as_of)
        opened = pd.Index(leads.loc[is_open, "lead_id"], name="lead_id")
        known = events[(events["occurred_at"] <= as_of) & events["lead_id"].isin(opened)]
        parts = {}
        for days in WINDOWS:
            inside = known[known["occurred_at"] > as_of - timedelta(days=days)]
            parts[f"count_{days}d"] = inside.groupby(["lead_id", "type"]).size()
        age = (as_of - known["occurred_at"]).dt.total_seconds() / DAY_SECONDS
        known = known.assign(age=age, faded=2.0 ** (-age / HALF_LIFE_DAYS))
        of_each = known.groupby(["lead_id", "type"])
        parts["recency_days"] = of_each["age"].min()
        parts[_DECAYED] = of_each["faded"].sum()
        tables = []
        for name, numbers in parts.items():
            wide = numbers.unstack("type")  # noqa: PD010 # a Series has no pivot_table
            wide = wide.reindex(index=opened, columns=list(asked.types))
            wide = wide if name == "recency_days" else wide.fillna(0)
            tables.append(wide.set_axis([f"act_{kind}_{name}" for kind in asked.types], axis=1))
        yield pa.Table.from_pandas(pd.concat(tables, axis=1).reset_index(), preserve_index=False)


_DECAYED = f"decayed_{HALF_LIFE_DAYS:g}d"
_NAMES = (*(f"count_{days}d" for days in WINDOWS), "recency_days", _DECAYED)

PEERS: dict[str, Answer] = {
    "duckdb": by_duckdb,
    "duckdb_per_type": by_duckdb_per_type,
    "polars": by_polars,
    "pandas": by_pandas,
}
