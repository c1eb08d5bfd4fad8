"""The tables titles.csv and sectors.csv, row by row: what a title and an industry mean."""

import csv
from pathlib import Path

import pytest

from leadscore.history.lexicon import fold
from leadscore.history.sectors import sector_of
from leadscore.history.titles import function_of, role_of, seniority_of


def rows(name):
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


TITLES, INDUSTRIES = rows("titles.csv"), rows("sectors.csv")


def test_no_title_or_industry_stands_there_twice():
    assert len({row["title"] for row in TITLES}) == len(TITLES) >= 400
    assert len({row["industry"] for row in INDUSTRIES}) == len(INDUSTRIES) >= 200


@pytest.mark.parametrize("row", TITLES, ids=lambda row: row["title"] or "(empty)")
def test_title(row):
    level = seniority_of(row["title"])
    assert (level, function_of(row["title"]), role_of(level)) == (
        row["seniority"],
        row["function"],
        row["role"],
    )


def test_titles_mean_the_same_in_any_case_without_accents_and_with_stray_spaces():
    for row in TITLES:
        for spell in (str.upper, str.lower, fold, lambda text: f"  {text}  ."):
            assert seniority_of(spell(row["title"])) == row["seniority"], row["title"]


@pytest.mark.parametrize("row", INDUSTRIES, ids=lambda row: row["industry"] or "(empty)")
def test_industry(row):
    assert sector_of(row["industry"]) == row["sector"]


def test_industries_mean_the_same_in_any_case_and_without_accents():
    for row in INDUSTRIES:
        for spell in (str.upper, str.lower, fold):
            assert sector_of(spell(row["industry"])) == row["sector"], row["industry"]
