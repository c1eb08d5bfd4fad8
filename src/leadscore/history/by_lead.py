"""Rows of a table by ranges of leads: sorted once, then cut as often as one likes.

A table that is filtered once per part of its leads costs rows times parts; this costs rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.history.log import Int


@dataclass(frozen=True)
class ByLead:
    """A table and where the rows of each lead are.

    Attributes
    ----------
    table
        With the column `lead_id`, in any order.
    place
        int64[n]: row numbers of the known leads, ascending by lead, within a lead in the table's order.
    start
        int64[n_leads + 1]; the rows of lead i are ``place[start[i]:start[i + 1]]``.
    """

    table: pd.DataFrame
    place: Int
    start: Int

    @classmethod
    def of(cls, table: pd.DataFrame, lead_ids: npt.NDArray[np.object_]) -> ByLead:
        """Sort the rows of these leads (distinct, ascending); rows of other leads belong to no range."""
        ids = table["lead_id"].to_numpy(dtype=object)
        code = pd.Index(lead_ids, dtype=object).get_indexer(pd.Index(ids, dtype=object))
        order = np.argsort(code, kind="stable").astype(np.int64)
        start = np.searchsorted(code[order], np.arange(len(lead_ids) + 1)).astype(np.int64)
        return cls(table, order, start)

    def rows(self, span: slice) -> Int:
        """Return the row numbers of leads ``span.start`` up to ``span.stop``, in the table's order."""
        return np.sort(self.place[self.start[span.start] : self.start[span.stop]])

    def of_leads(self, span: slice) -> pd.DataFrame:
        """Return the rows of leads ``span.start`` up to ``span.stop``, in the table's order, numbered anew."""
        return self.table.take(self.rows(span)).reset_index(drop=True)
