"""One lead of the workspace, by its id: of the events only its own are read."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from leadscore.adapters.catalog import Workspace
from leadscore.domain.errors import InputError
from leadscore.history.log import EventTable
from leadscore.scoring.grid_looks import only
from leadscore.scoring.view import Sources

_FIX = "run `leadscore ingest` again"
_AS_EXPORTED = "write it as the CRM's export does"
_SHOWN = 3


def of_one_lead(workspace: Workspace, whole: Sources, lead_id: str) -> Sources:
    """Return the sources of one lead alone, its events as a table in memory.

    Raises
    ------
    InputError
        ``unknown-lead``: no such lead; the nearest ids are named. ``damaged-table``.
    """
    ids = whole.leads["lead_id"]
    if not bool((ids == lead_id).any()):
        raise InputError(
            "unknown-lead",
            f"no lead is called '{lead_id}' among {len(ids):,}",
            file=workspace.file("tables", "leads.parquet"),
            fix=_hint(lead_id, ids),
        )
    one = only(whole, np.array([lead_id], dtype=object))
    if whole.events is None:
        return one
    path = workspace.file("tables", "events.parquet")
    try:
        rows = pq.read_table(
            path, filters=[("lead_id", "=", lead_id)], page_checksum_verification=True
        )
    except FileNotFoundError:
        raise InputError("missing-file", "the table is not there", file=path, fix=_FIX) from None
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError("damaged-table", str(error), file=path, fix=_FIX) from error
    events: pd.DataFrame = rows.to_pandas(ignore_metadata=True)
    return replace(one, events=EventTable(events.astype({"lead_id": "str"})))


def twins(lead_id: str, ids: pd.Series) -> list[str]:
    """Return the other ids that differ from this one in case only."""
    alike = ids[ids.str.casefold() == lead_id.casefold()]
    return sorted(set(alike) - {lead_id})


def _hint(lead_id: str, ids: pd.Series) -> str:
    """Name the ids that differ in case only, else the nearest of those that share the longest beginning."""
    if spelled := twins(lead_id, ids):
        return f"case counts: {_listed(spelled)}"
    for n in range(len(lead_id), 0, -1):
        alike = ids[ids.str.startswith(lead_id[:n])]
        if len(alike):
            near = difflib.get_close_matches(lead_id, list(alike.head(1000)), n=_SHOWN, cutoff=0.6)
            return f"did you mean {_listed(near)}?" if near else _AS_EXPORTED
    return _AS_EXPORTED


def _listed(names: Collection[str]) -> str:
    return " or ".join(f"'{name}'" for name in names)
