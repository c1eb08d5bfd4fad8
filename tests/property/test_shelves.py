"""Shards on a shelf come back as one order, on disk as in memory, for any cut and any ties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadscore.adapters.disk_shelf import DiskShelf
from leadscore.scoring.issuing import hottest_first, order_of, taken
from leadscore.scoring.shelves import CHANCE, Columns, MemoryShelf, Shard, in_order

SCORES = st.lists(
    st.tuples(st.sampled_from([0.0, 12.5, 99.9, 100.0]), st.sampled_from([0.1, 0.2, np.nan])),
    min_size=1, max_size=60,
)  # fmt: skip


def table(rows):
    return pd.DataFrame(
        {
            "lead_id": pd.Series([f"L{i:03d}é" for i in range(len(rows))], dtype="str"),
            "score": [score for score, _ in rows],
            "probability": [chance for _, chance in rows],
            "reasons_for": pd.Series(["so", None, "é;"] * len(rows), dtype="str")[: len(rows)],
            "as_of": pd.Timestamp("2026-03-02", tz="UTC").as_unit("us"),
        }
    )


def shard(rows):
    rows = rows.reset_index(drop=True)
    order = order_of(rows)
    issued = taken(rows, order)
    kept = pd.DataFrame({CHANCE: issued["probability"], "lead_age": issued["score"] * 2})
    issued["probability"] = np.nan  # hidden: the order must not follow it
    return Shard(issued, kept, {"open": len(issued)})


@pytest.mark.parametrize("on_disk", [False, True])
@given(rows=SCORES, n_shards=st.integers(1, 5), at_once=st.integers(1, 70))
def test_shards_come_back_hottest_first(tmp_path_factory, on_disk, rows, n_shards, at_once):
    whole = table(rows)
    shelf = (
        DiskShelf.opened(tmp_path_factory.mktemp("shelf") / "s", {}) if on_disk else MemoryShelf()
    )
    cuts = np.array_split(np.arange(len(whole)), n_shards)
    for number, cut in enumerate(cuts):
        if len(cut):
            shelf.put(2 * number, shard(whole.iloc[cut]))
    tables = list(in_order(shelf, rows_at_once=at_once))
    assert [len(t) for t in tables[:-1]] == [at_once] * (len(tables) - 1)
    found = pd.concat(tables, ignore_index=True)
    expected = hottest_first(whole.copy())
    pd.testing.assert_frame_equal(found, expected.assign(probability=np.nan))
    assert len(Columns(shelf)) == len(whole)
    assert sorted(Columns(shelf)["lead_age"]) == sorted(whole["score"] * 2)
    assert "lead_age" in Columns(shelf)
    assert "score" not in Columns(shelf)
