"""What a job title, a mail domain and a head count say."""

import numpy as np
import pandas as pd
import pytest

from leadscore.history.demographics import (
    DOMAIN_CLASSES,
    SIZE_BANDS,
    derive,
    domain_class,
    size_band,
)
from leadscore.history.titles import (
    FUNCTIONS,
    SENIORITIES,
    fold,
    function_of,
    has_words,
    is_decision_maker,
    seniority,
    seniority_of,
)
from leadscore.simulation.vocabulary import JOB_TITLES

TITLES = [
    ("CEO", "c_level", "general_management"),
    ("Co-founder & CEO", "c_level", "general_management"),
    ("DIRECTRICE GENERALE", "c_level", "general_management"),
    ("Chief Revenue Officer", "c_level", "sales"),
    ("DAF", "director", "finance"),
    ("Directrice des ressources humaines", "director", "hr"),
    ("VP Sales", "director", "sales"),
    ("Vice-présidente marketing", "director", "marketing"),
    ("Directeur général adjoint", "director", "general_management"),
    ("Head of IT", "director", "it"),
    ("Responsable logistique", "manager", "operations"),
    ("Chef de projet", "manager", "other"),
    ("Assistant Sales Manager", "manager", "sales"),
    ("Chargé·e de clientèle", "specialist", "sales"),
    ("Account executive", "specialist", "sales"),
    ("Key Account Manager", "specialist", "sales"),
    ("Product owner", "specialist", "other"),
    ("Développeuse web", "specialist", "it"),
    ("Assistante de direction", "assistant", "other"),
    ("Executive assistant to the CEO", "assistant", "other"),
    ("Stagiaire marketing", "student", "marketing"),
    ("Étudiant(e)", "student", "other"),
    ("Astronaut", "other", "other"),
    (" - ", "missing", "missing"),
]


@pytest.mark.parametrize(("title", "level", "department"), TITLES)
def test_titles_in_two_languages(title, level, department):
    assert (seniority_of(title), function_of(title)) == (level, department)


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("International Sales Director", "director"),  # no intern
        ("Director of Student Affairs", "director"),  # no student
        ("Marketing executive", "specialist"),  # no chief
        ("Lead generation specialist", "specialist"),  # no lead
        ("Présidente", "c_level"),
        ("Vice President", "director"),  # no president
        ("HR business partner", "specialist"),  # no partner
        ("Secrétaire générale", "director"),  # no secretary
        ("Chief of staff", "director"),
        ("Gérante de magasin", "manager"),
    ],
)
def test_words_that_mislead(title, level):
    assert seniority_of(title) == level


@pytest.mark.parametrize(
    ("group", "levels"),
    [
        ("student", {"student"}),
        ("user", {"specialist", "assistant"}),
        ("manager", {"manager"}),
        ("head", {"director"}),
        ("chief", {"c_level"}),
    ],
)
def test_every_title_of_the_demo_is_understood_in_any_spelling(group, levels):
    titles = pd.Series([s(t) for t in JOB_TITLES[group] for s in (str, str.upper, str.title, fold)])
    assert set(seniority(titles)) == levels


def test_missing_titles_are_a_level_of_their_own_and_decide_nothing():
    titles = pd.Series(["PDG", None, "Head of Sales", "Intern"], index=[5, 6, 7, 8])
    assert seniority(titles).tolist() == ["c_level", "missing", "director", "student"]
    assert is_decision_maker(titles).tolist() == [True, False, True, False]
    assert seniority(titles).index.tolist() == [5, 6, 7, 8]


def test_whole_words_only():
    assert has_words(["Dir."])(fold("dir. commercial"))
    assert not has_words(["art"])(fold("Martin"))


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("gmail.com", "consumer"),
        ("Jane.Doe@Hotmail.FR", "consumer"),
        ("yahoo.co.uk", "consumer"),
        ("laposte.net", "consumer"),
        ("yopmail.com", "disposable"),
        ("x@box.mailinator.com", "disposable"),  # their subdomains too
        ("firm.example", "professional"),
        ("mail.orange.firm.example", "professional"),
        ("société.fr", "professional"),
        ("gmail", "invalid"),
        ("a@b@firm.example", "invalid"),
        ("@firm.example", "invalid"),
        ("firm..example", "invalid"),
        ("-firm.example", "invalid"),
        ("192.168.0.1", "invalid"),
        ("  ", "missing"),
        (None, "missing"),
    ],
)
def test_kinds_of_mailbox(address, kind):
    assert domain_class(pd.Series([address], dtype="str")).tolist() == [kind]


@pytest.mark.parametrize(
    ("employees", "band"),
    [(0, "missing"), (1, "1-9"), (9, "1-9"), (10, "10-49"), (50, "50-249"), (249, "50-249"),
     (250, "250-999"), (1000, "1000+"), (np.nan, "missing"), (-5, "missing")],
)  # fmt: skip
def test_size_bands(employees, band):
    assert size_band(pd.Series([float(employees)])).tolist() == [band]


def test_derive_adds_what_its_sources_allow_and_changes_nothing_else():
    leads = pd.DataFrame({"job_title": ["CEO", None], "employees": [100.0, np.nan]}, index=[3, 4])
    got = derive(leads)
    assert got.columns.tolist() == ["job_title", "employees", "seniority", "function", "size_band"]
    assert got.loc[3, "seniority":].tolist() == ["c_level", "general_management", "50-249"]
    assert got.loc[4, "seniority":].tolist() == ["missing"] * 3
    assert leads.columns.tolist() == ["job_title", "employees"]


def test_derive_keeps_a_column_of_the_source_that_has_the_same_name():
    leads = pd.DataFrame({"job_title": ["CEO"], "seniority": ["executive"]})
    assert derive(leads)["seniority"].tolist() == ["executive"]


def test_derive_reads_sources_under_other_names():
    leads = pd.DataFrame({"email": ["a@gmail.com"]})
    assert derive(leads, email_domain="email")["domain_class"].tolist() == ["consumer"]


def test_derived_words_are_the_published_ones():
    leads = pd.DataFrame(
        {
            "job_title": [title for title, _, _ in TITLES],
            "email_domain": ["gmail.com"] * len(TITLES),
            "employees": np.arange(len(TITLES), dtype=float),
        }
    )
    got = derive(leads)
    assert set(got["seniority"]) <= set(SENIORITIES)
    assert set(got["function"]) <= set(FUNCTIONS)
    assert set(got["domain_class"]) <= set(DOMAIN_CLASSES)
    assert set(got["size_band"]) <= set(SIZE_BANDS)
    assert set(got.dtypes.astype(str)) == {"str", "float64"}
