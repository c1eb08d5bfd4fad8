"""The marts on disk: Parquet, CSV that no spreadsheet runs, one DuckDB file, and the data dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from leadscore.adapters.files import read_table, whole_folder, write_csv, write_table
from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from leadscore.domain.marts import MARTS, Mart
from leadscore.review.quarter.marts import dictionary, renewed, widened

_FIX = "move data/marts away and run `leadscore review --quarter` for each quarter again"
_FORMAT = "v1.0.0"  # of the DuckDB file: what tools with an older DuckDB can open


def write_marts(folder: Path, now: Mapping[str, pd.DataFrame]) -> None:
    """Write every mart with the rows of this run; rows of other quarters stay.

    Raises
    ------
    InputError
        ``damaged-table``, ``bad-table``: the marts that are there are not readable as such.
    """
    tables = {mart.name: renewed(mart, _before(folder, mart), now[mart.name]) for mart in MARTS}
    with whole_folder(folder) as filling:
        for name, table in tables.items():
            write_table(filling / f"{name}.parquet", table)
            write_csv(filling / f"{name}.csv", _iso_times(table))
        (filling / "README.md").write_text(dictionary(), encoding="utf-8")
        _write_duckdb(filling)


def _before(folder: Path, mart: Mart) -> pd.DataFrame | None:
    path = folder / f"{mart.name}.parquet"
    if not path.exists():
        return None
    try:
        return schemas.check(mart.schema, widened(mart, read_table(path, fix=_FIX)), file=path)
    except InputError as error:
        raise InputError(
            error.code, error.message, file=path, column=error.column, fix=_FIX
        ) from error


def _iso_times(table: pd.DataFrame) -> pd.DataFrame:
    times = table.select_dtypes(include=["datetimetz"])
    return table.assign(**{str(n): times[n].dt.strftime("%Y-%m-%dT%H:%M:%SZ") for n in times})


def _write_duckdb(folder: Path) -> None:
    """Put the marts as tables into one file, with a view for each question."""
    import duckdb

    with duckdb.connect(":memory:") as engine:
        target = str(folder / "marts.duckdb").replace("'", "''")
        engine.execute(f"ATTACH '{target}' AS marts (STORAGE_VERSION '{_FORMAT}')")
        engine.execute("USE marts")
        for mart in MARTS:
            rows = str(folder / f"{mart.name}.parquet")
            engine.execute(f"CREATE TABLE {mart.name} AS FROM read_parquet($rows)", {"rows": rows})
            engine.execute(f"CREATE VIEW {mart.view} AS {mart.sql}")
        engine.execute("USE memory")
        engine.execute("DETACH marts")
