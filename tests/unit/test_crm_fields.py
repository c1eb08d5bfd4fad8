"""What is declared of the CRMs: one table, complete for each, and no field that a CRM fills itself."""

from datetime import UTC, datetime

import pytest

from leadscore.domain.crm_fields import FIELDS, LONGEST_KEY, Crm, Kind
from leadscore.domain.crm_systems import CRMS, crm_named
from leadscore.domain.errors import InputError
from leadscore.domain.schemas import ISSUED, TIERS

KNOWN = (
    "hubspot", "salesforce", "dynamics", "zoho", "pipedrive", "freshsales", "sage", "marketo", "odoo",
    "mautic",
)  # fmt: skip
# Fields that these CRMs, or their own scoring, write.
NATIVE = {
    "probability", "score", "lead score", "leadscore", "hubspot score", "hubspotscore", "points",
    "hs_predictivescoringtier", "hs_predictivecontactscore_v2", "msdyn_score", "msdyn_grade",
    "msdyn_predictivescoreid", "leadscore__c", "einstein score", "rating", "priority",
}  # fmt: skip


@pytest.fixture(params=CRMS.values(), ids=CRMS)
def crm(request):
    return request.param


def named(name):
    (field,) = [f for f in FIELDS if f.name == name]
    return field


def test_the_ten_crms_are_there():
    assert tuple(CRMS) == KNOWN


def test_every_field_is_made_of_a_column_that_is_issued():
    assert {f.source for f in FIELDS} <= set(ISSUED.columns)
    assert len({f.name for f in FIELDS}) == len(FIELDS)


def test_the_options_are_the_words_that_are_issued():
    assert named("tier").options == TIERS
    (words,) = ISSUED.columns["trend"].checks
    assert named("trend").options == tuple(words.statistics["allowed_values"])


def test_the_columns_of_a_crm_differ_and_are_none_it_fills_itself(crm):
    assert len(set(crm.columns)) == len(FIELDS)
    assert {c.casefold() for c in crm.columns} & NATIVE == set()
    ours = [c for c in crm.columns if c != crm.key]
    assert all("leadscore" in c.casefold() for c in ours)


def test_every_kind_but_the_key_has_a_type_to_create(crm):
    assert set(crm.types) == set(Kind) - {Kind.KEY}
    assert all(crm.types.values())


def test_no_limit_is_too_small_for_one_lead(crm):
    """A file must hold its header and a row; a text field a reason and the dots."""
    assert crm.rows is None or crm.rows >= 1_000
    assert crm.size is None or crm.size >= 1_000_000
    assert crm.text_limit is None or crm.text_limit >= LONGEST_KEY


def test_a_moment_says_at_least_its_day(crm):
    told = datetime(2026, 3, 2, 6, 30, 15, tzinfo=UTC).strftime(crm.moment)
    assert told.startswith(("2026-03-02", "03/02/2026"))


def test_no_word_for_yes_no_or_nothing_starts_like_a_formula(crm):
    for word in (*crm.flag, crm.no_value, crm.no_reasons):
        assert not word.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("hubspot", ("Record ID", "Leadscore Score", "Leadscore Reasons For")),
        ("salesforce", ("Id", "Leadscore_Score__c", "Leadscore_Reasons_For__c")),
        ("dynamics", ("leadid", "Leadscore Score", "Leadscore Reasons For")),
        ("zoho", ("Record Id", "Leadscore Score", "Leadscore Reasons For")),
        ("pipedrive", ("Pipedrive System ID", "Leadscore Score", "Leadscore Reasons For")),
        ("freshsales", ("Freshworks CRM ID", "Leadscore Score", "Leadscore Reasons For")),
        ("sage", ("Leadscore Lead Key", "Leadscore Score", "Leadscore Reasons For")),
        ("marketo", ("id", "leadscoreScore", "leadscoreReasonsFor")),
        ("odoo", ("External ID", "x_leadscore_score", "x_leadscore_reasons_for")),
        ("mautic", ("leadscore_lead_key", "leadscore_score", "leadscore_reasons_for")),
    ],
)
def test_the_columns_are_named_as_each_crm_does(name, columns):
    crm = CRMS[name]
    assert tuple(crm.column(named(f)) for f in ("lead_key", "score", "reasons_for")) == columns


def test_a_name_is_taken_in_any_case():
    assert crm_named(" HubSpot ") is CRMS["hubspot"]


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError) as refused:
        crm_named("hubspott")
    assert refused.value.code == "unknown-crm"
    assert "did you mean 'hubspot'?" in refused.value.fix
    assert all(name in refused.value.fix for name in KNOWN)


def test_an_entry_is_declared_without_a_line_of_code():
    """A further CRM is one more entry: headers, formats and limits follow from it."""
    ours = Crm(
        "ours", "Ours", key="ID", finds="our id", header="{snake}", types={}, text_limit=40,
        moment="%d.%m.%Y", flag=("ja", "nein"), rows=2, size=None, delimiter=";",
    )  # fmt: skip
    from tests.crm import issued, read_all

    (row, *more) = read_all(issued({}, {}, {"explore": True}), ours)
    assert row["scored_at"] == "02.03.2026"
    assert [r["explore"] for r in (row, *more)] == ["nein", "nein", "ja"]
