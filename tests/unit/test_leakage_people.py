"""Which names and values stand for a protected ground or for personal data, and which do not."""

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.mapping import Property
from leadscore.history.leakage.ground import Column
from leadscore.history.leakage.people import about_people, protected_ground
from tests.fakes import settings

LIMITS = settings().leakage


def named(name, label=""):
    found = protected_ground(Property(name, "category", "at_creation", label))
    return found and found[1]


@pytest.mark.parametrize(
    ("name", "ground"),
    [
        ("age", "age"), ("age_of_contact", "age"), ("Âge", "age"), ("date_naissance", "age"),
        ("birthDate", "age"), ("tranche_age", "age"), ("gender", "sex"), ("sexe", "sex"),
        ("civilité", "sex"), ("nationalite", "origin"), ("country_of_birth", "origin"),
        ("ethnic_group", "origin"), ("religion", "belief"), ("convictions_religieuses", "belief"),
        ("health_condition", "health"), ("état de santé", "health"), ("handicap", "health"),
        ("sexual_orientation", "sexual orientation"), ("marital_status", "family"),
        ("situation_familiale", "family"), ("union_member", "politics"), ("political_party", "politics"),
    ],
)  # fmt: skip
def test_protected_grounds_are_known_in_english_and_french(name, ground):
    assert named(name) == ground


@pytest.mark.parametrize(
    "name",
    [
        "stage", "page", "language", "company_age", "lead_age_days", "account_health_score", "mileage",
        "secteur_sante", "health_sector", "politique_de_prix", "product_family", "orientation_client",
        "lead_origin", "country", "city", "union_size", "message", "package",
    ],
)  # fmt: skip
def test_words_that_only_look_like_it_are_let_be(name):
    assert named(name) is None


def test_the_label_counts_as_well_as_the_name():
    assert named("f_17", "Gender of the contact") == "sex"


def checks(values, name="field", kind="category", n=60):
    repeated = [values[i % len(values)].replace("#", str(i)) for i in range(n)]
    column = Column.of(Property(name, kind, "at_creation", name), pd.Series(repeated, dtype="str"))
    return [s.check for s in about_people(column, LIMITS)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["M.", "Mme"], ["protected ground"]),
        (["female", "Male"], ["protected ground"]),
        (["S", "M", "L"], []),
        (["f", "g"], []),
        (["a#@example.com"], ["personal data"]),
        (["a#@example.com", "unknown", "-"], []),
        (["+33 6 12 34 56 78", "01.23.45.67.89"], ["personal data"]),
        (["123456789", "98765432100012"], []),  # numbers of firms
        (["2024-01-02", "01/02/2024"], []),
        (["Marie D#", "Pierre Q#"], ["personal data"]),
        (["Head of sales #", "CEO"], []),
        (["Paris #", "Lyon"], []),
    ],
)
def test_values_tell_where_names_do_not(values, expected):
    assert checks(values) == expected


def test_a_surname_is_known_by_its_column_if_hardly_any_repeats():
    assert checks(["Xy#"], name="last_name") == ["personal data"]
    assert checks(["Xy", "Zu"], name="last_name") == []


def test_kinds_that_are_reduced_to_a_class_may_hold_addresses():
    assert checks(["a#@example.com"], kind="email") == []


def test_a_handful_of_values_is_no_evidence():
    assert checks(["a#@example.com"], n=LIMITS.min_rows - 1) == []


def test_missing_values_count_for_nothing():
    column = Column.of(
        Property("note", "category", "at_creation", "Note"), pd.Series([None] * 50, dtype="str")
    )
    assert about_people(column, LIMITS) == []
    assert np.array_equal(column.present, np.zeros(50, bool))
