"""Histories of properties on random lives: the future changes nothing, the order of rows changes nothing.

Times are whole days of three weeks, so that ties and borders are common. The references are loops.
"""

import tempfile
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadscore.adapters.ingest.change_rows import History
from leadscore.adapters.ingest.changes_tables import changes_table
from leadscore.adapters.rows import row_source
from leadscore.adapters.rows.csv_text import CsvRows
from leadscore.domain.mapping import Column
from leadscore.domain.schemas import CHANGES, check
from leadscore.history.properties import in_force, properties_at
from tests.fakes import category, utc
from tests.histories import of_industry
from tests.tables import looks, times

NAMES = ["a", "b", "c"]
START = utc("2026-01-01")
CREATED = START + pd.Timedelta(days=5)
COLUMN = Column.model_validate({"role": "property", "name": "industry", "known": "history"})
INDUSTRY = category("industry", known="history")
LEADS = pd.DataFrame(
    {
        "lead_id": pd.Series(NAMES, dtype="str"),
        "created_at": times([CREATED] * 3),
        "industry": pd.Series(["Retail", "Bank", None], dtype="str"),
    }
)

day = st.integers(0, 20)
words = st.sampled_from(["Retail", "Bank", "Farm", None])
told = st.lists(st.tuples(st.sampled_from([0, 1, 2]), day, words, words), max_size=9)
asked = st.lists(st.tuples(st.sampled_from(NAMES), day), min_size=1, max_size=5, unique=True)
forms = st.sampled_from(["changes", "changes with old values"])
ends = st.lists(st.one_of(st.none(), st.integers(0, 6)), min_size=9, max_size=9)


def at(number):
    return START + pd.Timedelta(days=number)


def entries(rows, lasts=None):
    lasts = [None] * len(rows) if lasts is None else lasts[: len(rows)]
    until = [pd.NaT if n is None else at(row[1] + n) for row, n in zip(rows, lasts, strict=True)]
    return pd.DataFrame(
        {
            "lead": pd.Series([row[0] for row in rows], dtype="int64"),
            "property": pd.Series([0] * len(rows), dtype="int64"),
            "occurred_at": times(at(row[1]) for row in rows),
            "until": times(until),
            "value": pd.Series([row[2] for row in rows], dtype="str"),
            "old": pd.Series([row[3] for row in rows], dtype="str"),
            "row": pd.Series(range(len(rows)), dtype="int64"),
        }
    )


def table_of(rows, form, *, lasts=None, until=None):
    story = History("industry", COLUMN, form, is_exported=True)
    table, warnings = changes_table(entries(rows, lasts), LEADS, [story], observed_until=until)
    return check(CHANGES, table), warnings


def seen(table, look_rows):
    asked_looks = looks(*((name, at(n)) for name, n in look_rows))
    found = in_force(asked_looks, table, INDUSTRY)
    return [None if value != value else value for value in found]


def expected(rows, form, name, moment):
    """Return the value in force by going through the rows of one lead in order."""
    lead = NAMES.index(name)
    exported = ["Retail", "Bank", None][lead]
    own = sorted((row for row in rows if row[0] == lead), key=lambda row: row[1])  # stable
    if not own:
        return exported if at(moment) >= CREATED else None
    value = None
    if form == "changes with old values" and at(moment) >= CREATED:
        value = own[0][3]
    for _, changed, new, _ in own:
        if changed <= moment:
            value = new
    return value


TOLD_AGAIN = [(1, 6, "Retail", "Bank"), (1, 6, "Retail", "Retail"), (1, 6, "Retail", "Bank")]


@settings(max_examples=60, deadline=None)
@example(TOLD_AGAIN, "changes with old values", [("b", 5)])
@given(told, forms, asked)
def test_the_table_tells_at_any_moment_what_the_rows_tell(rows, form, look_rows):
    table, _ = table_of(rows, form)
    assert seen(table, look_rows) == [expected(rows, form, *look) for look in look_rows]


@settings(max_examples=40, deadline=None)
@given(told, ends, asked)
def test_a_version_is_in_force_until_its_end_or_the_next_one(rows, lasts, look_rows):
    table, _ = table_of(rows, "versions", lasts=lasts)

    def told_at(name, moment):
        lead, value, end = NAMES.index(name), None, None
        own = [(*row, last) for row, last in zip(rows, lasts, strict=False) if row[0] == lead]
        if not own:
            return expected([], "versions", name, moment)
        for _, begun, new, _, last in sorted(own, key=lambda row: row[1]):
            if begun <= moment:
                value, end = new, None if last is None else begun + last
        return None if end is not None and end <= moment else value

    assert seen(table, look_rows) == [told_at(*look) for look in look_rows]


@settings(max_examples=40, deadline=None)
@given(told, forms, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_but_which_of_a_moment_counts(rows, form, random):
    distinct = {(row[0], row[1]): row for row in rows}
    ordered = sorted(distinct.values(), key=lambda row: row[:2])
    shuffled = random.sample(ordered, len(ordered))
    one, other = table_of(ordered, form), table_of(shuffled, form)
    pd.testing.assert_frame_equal(one[0], other[0])
    assert one[1] == other[1]


@settings(max_examples=40, deadline=None)
@given(told, forms, asked, st.integers(0, 20))
def test_changes_after_a_look_change_nothing(rows, form, look_rows, now):
    """Rows after `now` may say anything, as long as each lead's first row stays."""
    table, _ = table_of(rows, form)
    later = table[table["known_from"] > at(now)]
    other = pd.concat([table.drop(later.index), later.assign(value="Other")], ignore_index=True)
    early = [look for look in look_rows if look[1] <= now]
    if early:
        asked_looks = looks(*((name, at(n)) for name, n in early))
        both = [properties_at(asked_looks, LEADS, [INDUSTRY], changes=t) for t in (table, other)]
        pd.testing.assert_frame_equal(*both)


@settings(max_examples=40, deadline=None)
@given(told, asked, st.randoms(use_true_random=False))
def test_the_order_of_the_table_changes_nothing(rows, look_rows, random):
    table, _ = table_of(rows, "changes")
    shuffled = table.iloc[random.sample(range(len(table)), len(table))]
    assert seen(table, look_rows) == seen(shuffled, look_rows)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abz"), day, words), min_size=1), st.integers(20, 80))
def test_a_history_read_chunk_by_chunk_says_what_it_says_read_at_once(rows, block):
    history = "Lead | When | Field | New\n" + "".join(
        f"{name} | {at(n):%Y-%m-%d} | {'Industry' if value else 'Owner'} | {value}\n"
        for name, n, value in [*rows, ("a", 0, "Farm")]
    )

    def answer(size):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(row_source, "CsvRows", partial(CsvRows, block=size))
            found = of_industry(Path(folder), history)
            tables = [found.changes.to_dict("list"), found.rejected.to_dict("list")]
            return repr([tables, found.warnings, found.counts]).replace("nan", "None")

    assert answer(block) == answer(1_000_000)
