"""What the person who imports reads: fields to create, and what became of the rows."""

import io

import pytest
from rich.console import Console

from leadscore.domain.crm_systems import CRMS
from leadscore.review.crm_screen import fields_table, told_lines

QUIET = {"shortened": {}, "escaped": {}, "unchanged": 0, "gone": 0}


def screen(name):
    out = io.StringIO()
    Console(file=out, width=200).print(fields_table(CRMS[name]))
    return out.getvalue()


@pytest.mark.parametrize("name", CRMS)
def test_every_column_of_a_file_is_on_the_screen_with_its_type(name):
    crm, said = CRMS[name], screen(name)
    assert [column for column in crm.columns if column not in said] == []
    assert [kind for kind in crm.types.values() if kind not in said] == []
    assert crm.title in said.splitlines()[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hubspot", ["such as 2026-06-29 ", "1 decimal ", "4 decimals", "up to 65,536 characters"]),
        ("salesforce", ["such as 2026-06-29T18:30:00Z", "true, false"]),
        ("zoho", ["such as 06/29/2026 18:30:00", "improving, steady, declining, not enough info"]),
        ("marketo", ["up to 30,000 bytes"]),
        ("sage", ["the import also asks for Company Name, Last Name"]),
    ],
)
def test_formats_are_told_as_a_person_writes_them(name, said):
    assert [words for words in said if words not in screen(name)] == []
    assert "%" not in screen(name)


def test_where_all_went_well_there_is_nothing_to_tell():
    assert told_lines(QUIET, CRMS["hubspot"]) == []


def test_what_was_shortened_escaped_left_out_or_gone_is_told_with_its_count():
    crm = CRMS["hubspot"]
    manifest = {
        "shortened": {"Leadscore Reasons For": 1200},
        "escaped": {"Record ID": 2, "Leadscore Cell": 3},
        "unchanged": 4000,
        "gone": 5,
    }
    assert told_lines(manifest, crm) == [
        "texts in `Leadscore Reasons For` shortened to fit: 1,200",
        "leads whose id starts like a formula and got an apostrophe (they find no record): 2",
        "texts in `Leadscore Cell` that start like a formula and got an apostrophe: 3",
        "leads left out, with nothing new to tell: 4,000",
        "leads of the scores before that are not open any more (no row: the CRM keeps their last score): 5",
    ]


def test_columns_that_scores_do_not_have_are_told_each_time():
    (line,) = told_lines(QUIET, CRMS["freshsales"])
    assert "Last name" in line
