"""What a job title, a mail domain and a head count say."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from leadscore.domain.settings import DemographicsSettings
from leadscore.history.demographics import (
    BUYING_ROLES,
    DOMAIN_CLASSES,
    SIZE_BANDS,
    Competitors,
    derive,
    domain_class,
    size_band,
)
from leadscore.history.lexicon import fold
from leadscore.history.sectors import SECTORS
from leadscore.history.titles import (
    FUNCTIONS,
    SENIORITIES,
    is_decision_maker,
    seniority,
    seniority_of,
)
from leadscore.simulation.vocabulary import JOB_TITLES


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
        ("Key account manager", "specialist"),  # no manager of people
        ("Head of Student Recruitment", "director"),  # no student
        ("Chargée de l'alternance", "specialist"),  # no apprentice
        ("Chargée de mission auprès de la direction", "specialist"),  # no director
        ("CEO | ex-Acme", "c_level"),  # still one
        ("Ex-directeur commercial", "other"),  # no longer one
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


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("gmail.com", "consumer"),
        ("Jane.Doe@Hotmail.FR", "consumer"),
        ("yahoo.co.uk", "consumer"),
        ("laposte.net", "consumer"),
        ("yopmail.com", "disposable"),
        ("privaterelay.appleid.com", "consumer"),
        ("facebook.com", "professional"),  # its staff's addresses
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
    assert got.columns.tolist() == [
        "job_title", "employees", "seniority", "function", "size_band", "role",
    ]  # fmt: skip
    assert got.loc[3, "seniority":].tolist() == [
        "c_level", "general_management", "50-249", "decision_maker",
    ]  # fmt: skip
    assert got.loc[4, "seniority":].tolist() == ["missing"] * 4
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
            "job_title": ["CEO", "Chef de projet", "Étudiante", "xyz", None],
            "email_domain": ["gmail.com", "firm.example", "invalid", "yopmail.com", None],
            "employees": [5.0, 50.0, 500.0, 5000.0, np.nan],
            "industry": ["BTP", "62.01Z", "Banque", "xyz", None],
        }
    )
    got = derive(leads)
    published = {
        "seniority": SENIORITIES,
        "function": FUNCTIONS,
        "role": BUYING_ROLES,
        "domain_class": DOMAIN_CLASSES,
        "size_band": SIZE_BANDS,
        "sector": SECTORS,
    }
    assert got.columns.tolist()[4:] == [
        "seniority", "function", "domain_class", "size_band", "sector", "role",
    ]  # fmt: skip
    for name, words in published.items():
        assert set(got[name]) <= set(words)
        assert got[name].iloc[-1] == "missing"
    assert set(got.dtypes.astype(str)) == {"str", "float64"}


RIVALS = Competitors.declared(
    DemographicsSettings(competitor_domains=["Rival.example"], competitor_companies=["Rival SA"])
)


@pytest.mark.parametrize(
    ("column", "value", "role"),
    [
        ("email_domain", "rival.example", "competitor"),
        ("email_domain", "sales.rival.example", "competitor"),  # below it
        ("email_domain", "jo@RIVAL.example", "competitor"),
        ("email_domain", "arrival.example", "decision_maker"),  # another firm
        ("email_domain", "example", "decision_maker"),
        ("email_domain", None, "decision_maker"),
        ("company", "Rival", "competitor"),  # legal form apart
        ("company", "RIVAL, S.A.", "competitor"),
        ("company", "Rival Partners", "decision_maker"),
    ],
)
def test_staff_of_a_declared_competitor_are_no_buyers_whatever_their_title(column, value, role):
    leads = pd.DataFrame({"job_title": ["CEO"], column: pd.Series([value], dtype="str")})
    assert derive(leads, competitors=RIVALS)["role"].tolist() == [role]
    assert derive(leads)["role"].tolist() == ["decision_maker"]


def test_competitor_staff_are_known_without_a_title():
    leads = pd.DataFrame({"email_domain": ["rival.example", "firm.example", None]})
    got = derive(leads, competitors=RIVALS)
    assert got["role"].tolist() == ["competitor", "missing", "missing"]


def test_without_titles_and_competitors_there_is_no_role():
    assert "role" not in derive(pd.DataFrame({"email_domain": ["firm.example"]}))
    assert "role" in derive(pd.DataFrame({"email_domain": ["firm.example"]}), competitors=RIVALS)


@pytest.mark.parametrize("domain", ["rival", "jo@rival.example", "https://rival.example", "rival."])
def test_a_competitor_is_declared_by_a_mail_domain(domain):
    with pytest.raises(ValidationError):
        DemographicsSettings(competitor_domains=[domain], competitor_companies=[])
