"""The rows of a partition, written table by table: scores, and beside them what a CRM imports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import pandas as pd

from leadscore.adapters.files import write_tables
from leadscore.delivery.spreadsheet import crm_rows, to_csv
from leadscore.domain import schemas

MEMBERS = ("crm.csv", "scores.parquet")
OF_SHADOWS = ("scores.parquet",)
_ROWS_AT_ONCE = 50_000  # of the CRM's import: its texts are not held for all leads


def write_rows(folder: Path, tables: Iterable[pd.DataFrame], *, has_import: bool) -> None:
    """Write scores and import table by table: memory holds one of them.

    Raises
    ------
    InputError
        As `schemas.check`.
    """
    with ExitStack() as stack:
        imports = None
        if has_import:
            path = folder / "crm.csv"
            imports = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
        write_tables(folder / "scores.parquet", _imported(tables, imports, folder))


def _imported(
    tables: Iterable[pd.DataFrame], imports: TextIO | None, folder: Path
) -> Iterator[pd.DataFrame]:
    """Yield tables that are as an issued one must be, each written into the CRM's import."""
    is_first = True
    for table in tables:
        schemas.check(schemas.ISSUED, table, file=folder)
        if imports is not None:
            for begin in range(0, max(len(table), 1), _ROWS_AT_ONCE):
                rows = crm_rows(table.iloc[begin : begin + _ROWS_AT_ONCE])
                imports.write(to_csv(rows, header=is_first and begin == 0))
        is_first = False
        yield table
