"""What leads and events are like: values by declared kind, words by declared vocabulary."""

import pytest

from leadscore.domain.errors import InputError
from tests.exports import EVENTS, LEADS, column, plain_mapping, read, read_wide, refused, text_of


def one(tmp_path, cells, kind="category", dialect=None, mapping=None, **keys):
    """Read one property, one lead a cell; return (values by lead, export)."""
    content = "Id;Won;X\n" + "".join(f"L{i};1;{cell}\n" for i, cell in enumerate(cells))
    columns = {"X": {"role": "property", "name": "x", "kind": kind, **keys}}
    export = read_wide(
        tmp_path, content, columns, dialect={"separator": ";"} | (dialect or {}), **(mapping or {})
    )
    return [column(export.leads, "x").get(f"L{i}") for i in range(len(cells))], export


def test_spellings_that_differ_in_case_and_spacing_become_the_most_frequent_one(tmp_path):
    values, export = one(tmp_path, ["Paris", "PARIS", "Paris ", "paris", "Lyon"])
    assert values == ["Paris", "Paris", "Paris", "Paris", "Lyon"]
    assert any("2 spellings of X differ only in case" in w for w in export.warnings)


def test_only_declared_words_mean_nothing(tmp_path):
    """Namibia's code and a person called Null are no missing values."""
    values, _ = one(
        tmp_path, ["NA", "-", "Select", "NULL"], nulls=["Select"], mapping={"nulls": ["", "-"]}
    )
    assert values == ["NA", None, None, "NULL"]


def test_words_are_replaced_as_declared(tmp_path):
    values, _ = one(tmp_path, ["GTXPro", "GTX Pro"], values={"GTXPro": "GTX Pro"})
    assert values == ["GTX Pro", "GTX Pro"]


def test_numbers_with_decimal_comma_and_spaces_between_thousands(tmp_path):
    cells = ["1 234,56", "1\u00a0234,5", "12\u202f345", "-0,5", ""]
    values, _ = one(tmp_path, cells, "number", {"decimal": ","})
    assert values == [1234.56, 1234.5, 12345.0, -0.5, None]


@pytest.mark.parametrize(
    "cell", ["1,5", "12 %", "inf", "NaN", "1e999", "0x10", "1_000", "12 34", "three"]
)
def test_cell_that_is_no_number_as_declared_is_refused(tmp_path, cell):
    _, export = one(tmp_path, ["1.5", cell], "number")
    assert refused(export) == [("wide.csv", 3, "bad-number")]


def test_unit_beside_a_number_is_taken_off_where_declared(tmp_path):
    values, _ = one(tmp_path, ["12 %", "3%", "4"], "number", unit="%")
    assert values == [12.0, 3.0, 4.0]


def test_thousands_mark_is_read_only_where_declared(tmp_path):
    values, _ = one(tmp_path, ["1.234.567", "12"], "number", {"decimal": ",", "thousands": "."})
    assert values == [1234567.0, 12.0]


def test_number_outside_its_range_is_refused(tmp_path):
    _, export = one(tmp_path, ["-5", "10"], "number", range=[0, 100])
    assert refused(export) == [("wide.csv", 2, "number-out-of-range")]


def test_yes_and_no_in_english_and_french_are_one_and_zero(tmp_path):
    values, export = one(
        tmp_path, ["Yes", "oui", "1", "TRUE", "No", "non", "0", "", "maybe"], "flag"
    )
    assert values[:8] == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, None]
    assert refused(export) == [("wide.csv", 10, "bad-flag")]


def test_of_an_address_only_the_domain_is_kept(tmp_path):
    cells = ["Jo.Doe@Firm.Example", "Jo <jo.doe@firm.example>", "jo.doe@", "a@b@c.example"]
    values, export = one(tmp_path, cells, "email")
    assert values == ["firm.example", "firm.example", "invalid", "invalid"]
    assert any("2 X are no mail domain" in w for w in export.warnings)


def test_addresses_in_refused_rows_are_masked(tmp_path):
    _, export = one(tmp_path, ["1", "call jo.doe@firm.example"], "number")
    assert export.rejected["value"].tolist() == ["call ***@firm.example"]


def test_mail_domains_are_lower_case(tmp_path):
    assert one(tmp_path, ["GMAIL.com", "@firm.example", "nonsense"], "email_domain")[0] == [
        "gmail.com",
        "firm.example",
        "invalid",
    ]


def test_countries_become_codes_where_known(tmp_path):
    cells = ["France", "fr", "États-Unis", "UK", "Atlantis"]
    assert one(tmp_path, cells, "country")[0] == ["FR", "FR", "US", "GB", "ATLANTIS"]


def test_namibia_is_no_missing_country_unless_its_column_says_so(tmp_path):
    nulls = {"nulls": ["", "NA", "N/A"]}
    assert one(tmp_path, ["NA", "N/A"], "country", mapping=nulls)[0] == ["NA", None]
    assert one(tmp_path, ["NA", "N/A"], "language", mapping=nulls)[0] == [None, None]
    assert one(tmp_path, ["NA", "FR"], "country", mapping=nulls, nulls=["NA"])[0] == [None, "FR"]


def test_countries_and_languages_nobody_knows_are_kept_and_counted(tmp_path):
    values, export = one(tmp_path, ["France", "Atlantis"], "country")
    assert values == ["FR", "ATLANTIS"]
    assert any("1 X are no country we know; they are kept" in w for w in export.warnings)
    assert one(tmp_path, ["Français", "en-GB", "Elvish"], "language")[0] == ["fr", "en", "elvish"]


def test_job_titles_keep_their_letters(tmp_path):
    cells = ["Directeur  Général", "CEO \U0001f680", "İnşaat mühendisi"]
    assert one(tmp_path, cells, "job_title")[0] == [
        "Directeur Général",
        "CEO \U0001f680",
        "İnşaat mühendisi",
    ]


def test_markup_and_formulas_in_text_are_text(tmp_path):
    cells = ["<script>alert(1)</script>", "=1+2", "Robert') -- DROP TABLE leads"]
    assert one(tmp_path, cells)[0] == cells


def lookup_files(**lookup):
    files = plain_mapping()["files"]
    columns = {"Name": {"role": "key"}, "Kind": {"role": "property", "name": "channel_kind"}}
    files["leads"]["lookups"] = [
        {"path": "channels.csv", "by": "Channel", "columns": columns, **lookup}
    ]
    return files


def test_side_table_is_joined_by_its_key(tmp_path):
    text_of(tmp_path / "channels.csv", "Name,Kind\nadverts,paid\nfair,event\n")
    export = read(tmp_path, files=lookup_files(values={"ads": "adverts"}))
    assert column(export.leads, "channel_kind") == {"a": "paid", "b": "event"}
    assert column(export.leads, "channel") == {"a": "ads", "b": "fair"}


def test_key_that_the_side_table_lacks_gives_nothing_and_a_warning(tmp_path):
    text_of(tmp_path / "channels.csv", "Name,Kind\nfair,event\n")
    export = read(tmp_path, files=lookup_files())
    assert column(export.leads, "channel_kind") == {"a": None, "b": "event"}
    assert (
        "leads.csv: 1 rows have a Channel that channels.csv does not hold (first: 'ads')"
        in export.warnings
    )


def test_key_that_the_side_table_tells_in_two_ways_gives_nothing(tmp_path):
    text_of(tmp_path / "channels.csv", "Name,Kind\nads,paid\nads,free\nfair,event\n")
    export = read(tmp_path, files=lookup_files())
    assert column(export.leads, "channel_kind") == {"a": None, "b": "event"}
    assert [code for _, _, code in refused(export)] == ["conflicting-key", "conflicting-key"]


def test_absent_key_joins_to_nothing(tmp_path):
    text_of(tmp_path / "channels.csv", "Name,Kind\n,paid\nfair,event\n")
    export = read(tmp_path, leads=LEADS.replace(",ads", ","), files=lookup_files())
    assert column(export.leads, "channel_kind") == {"a": None, "b": "event"}


def test_event_words_become_types_with_labels(tmp_path):
    export = read(tmp_path)
    assert export.events["type"].tolist() == ["email_opened", "demo_request"]
    assert export.event_labels == {
        "email_opened": "E-mail opened", "email_sent": "email sent", "demo_request": "demo request",
    }  # fmt: skip
    assert export.engagement_types == ("demo_request", "email_opened")


def test_few_event_rows_with_unknown_words_are_refused_and_warned_of(tmp_path):
    events = (
        EVENTS + "a,2024-01-03T08:00:00Z,Mail opened\n" * 20 + "a,2024-01-03T08:00:00Z,Mail opend\n"
    )
    export = read(tmp_path, events=events)
    assert refused(export) == [("events.csv", 24, "unknown-event")]
    assert "did you mean 'Mail opened'?" in export.rejected["reason"][0]
    assert any("Mail opend" in w for w in export.warnings)


def test_many_event_rows_with_unknown_words_stop_the_run(tmp_path):
    with pytest.raises(
        InputError,
        match=r"events\.csv:3:What unknown-event: 'Demo aksed' .*did you mean 'Demo asked'",
    ):
        read(tmp_path, events=EVENTS.replace("Demo asked", "Demo aksed"))


def test_event_words_may_be_left_out_on_purpose(tmp_path):
    words = plain_mapping()["events"] | {"Merged": {"type": "ignore"}}
    export = read(tmp_path, events=EVENTS + "a,2024-01-03T08:00:00Z,Merged\n", words=words)
    assert len(export.events) == 2
    assert refused(export) == []
    assert [c.left_out for c in export.counts if c.table == "events"] == [1]
    assert "ignore" not in export.event_labels


def test_properties_are_described_in_the_order_of_the_mapping(tmp_path):
    _, export = one(tmp_path, ["x"], label="The X", known="at_creation", excluded="a reason")
    (described,) = export.properties
    assert (described.name, described.kind, described.known) == ("x", "category", "at_creation")
    assert (described.label, described.excluded) == ("The X", "a reason")
