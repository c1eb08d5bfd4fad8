"""Scores as rows that a spreadsheet takes without running them (CWE-1236)."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.delivery.spreadsheet import crm_rows, escape_cell, to_csv
from tests.tables import times

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"]


def table(*lead_ids):
    n = len(lead_ids)
    return pd.DataFrame(
        {
            "lead_id": pd.Series(lead_ids, dtype="str"),
            "as_of": times(["2026-01-05 00:00:01"] * n),
            "score": [-12.5] * n,
            "probability": [0.123456] * n,
            "reasons_for": pd.Series([None] * n, dtype="str"),
        }
    )


def read_back(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("start", STARTS)
def test_a_cell_that_starts_like_a_formula_gets_an_apostrophe(start):
    assert escape_cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("cell", ["", "a=b", "Jean-Paul", "3 - 2", "'quoted", "é"])
def test_other_cells_are_left_alone(cell):
    assert escape_cell(cell) == cell


@given(st.text([*STARTS, *"ab1' "], max_size=6))
@settings(max_examples=50)
def test_no_cell_starts_like_a_formula_afterwards(cell):
    escaped = escape_cell(cell)
    assert not escaped.startswith(tuple(STARTS))
    assert escaped.endswith(cell)


def test_text_is_escaped_and_numbers_stay_numbers():
    """A negative score is a number: an apostrophe would make it text."""
    (row,) = read_back(to_csv(crm_rows(table("=cmd|' /C calc'!A0"))))
    assert row["lead_id"] == "'=cmd|' /C calc'!A0"
    assert row["score"] == "-12.5"


def test_times_are_iso_in_utc_probabilities_have_four_digits_and_missing_is_empty():
    (row,) = read_back(to_csv(crm_rows(table("a"))))
    assert row["as_of"] == "2026-01-05T00:00:01Z"
    assert row["probability"] == "0.1235"
    assert row["reasons_for"] == ""


def test_a_missing_time_and_probability_are_empty():
    given_rows = table("a").assign(as_of=times([None]), probability=float("nan"))
    (row,) = read_back(to_csv(crm_rows(given_rows)))
    assert (row["as_of"], row["probability"]) == ("", "")


@pytest.mark.parametrize("cell", ["two\nlines", 'a "b"', "a,b", "a;b", "é€漢"])
def test_cells_come_back_through_csv_as_they_were(cell):
    (row,) = read_back(to_csv(crm_rows(table(cell))))
    assert row["lead_id"] == cell


def test_the_table_itself_is_not_changed():
    given_rows = table("=a")
    crm_rows(given_rows)
    assert given_rows["lead_id"].tolist() == ["=a"]
