"""Bad inputs 63 to 82: values. What is no value as declared refuses its row, or is told with a count."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from leadscore.delivery.spreadsheet import escape_cell, to_csv
from leadscore.domain.errors import GateError
from leadscore.history.demographics import derive, domain_class
from leadscore.history.features import Feature
from leadscore.history.leakage.gate import examine, stop_on
from leadscore.metrics import rate
from leadscore.review.comparison import compare
from leadscore.review.proposal import propose
from leadscore.review.report import ReportInputs, render
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.reasons import ReasonWords
from leadscore.scoring.reference import refuse_changed, usual_columns
from leadscore.scoring.scale import Scale
from tests.bad_inputs import is_clear, kept_apart, stops, warned, wide
from tests.exports import column
from tests.fakes import category, settings


def one(folder, cells, kind="category", dialect=None, mapping=None, **keys):
    """Read one property, one lead a cell; return (values by place, export)."""
    content = "Id;Won;X\n" + "".join(f"L{i:02d};{i % 2};{cell}\n" for i, cell in enumerate(cells))
    columns = {"X": {"role": "property", "name": "x", "kind": kind, **keys}}
    export = wide(
        folder, content, columns, dialect={"separator": ";"} | (dialect or {}), **(mapping or {})
    )
    found = column(export.leads, "x")
    return [found.get(f"L{i:02d}") for i in range(len(cells))], export


def is_refused(folder, cell, code, *arguments, **keys):
    """The second of two rows is refused with this code, the first stays."""
    _, export = one(folder, ["1", cell], *arguments, **keys)
    return kept_apart(export) == [("wide.csv", 3, code)] and len(export.leads) == 1


def test_063_each_column_has_its_own_words_for_nothing(tmp_path):
    """Namibia's code and a person called Null stay; each column has words of its own."""
    cells = ["NA", "Null", "N/A", "-", "?", ""]
    nulls = {"nulls": ["", "N/A"]}
    assert one(tmp_path, cells, mapping=nulls)[0] == ["NA", "Null", None, "-", "?", None]
    own = one(tmp_path, cells, mapping=nulls, nulls=["-", "?"])[0]
    assert own == ["NA", "Null", None, None, None, None]


@pytest.mark.parametrize(
    ("cell", "value", "declared"),
    [
        ("1.234.567", 1234567.0, {"dialect": {"decimal": ",", "thousands": "."}}),
        ("12 %", 12.0, {"unit": "%"}),
        ("€ 1 200", 1200.0, {"unit": "€"}),
        ("1e3", 1000.0, {}),
    ],
)
def test_064_numbers_in_text_are_read_as_declared_and_else_refused(tmp_path, cell, value, declared):
    assert one(tmp_path, ["1", cell], "number", **declared)[0] == [1.0, value]
    if declared:
        assert is_refused(tmp_path, cell, "bad-number", "number")


@pytest.mark.parametrize("cell", ["-5", "1e18"])
def test_065_numbers_outside_their_declared_range_are_refused(tmp_path, cell):
    assert is_refused(tmp_path, cell, "number-out-of-range", "number", range=[0, 1e12])


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "∞", "1e999", "nan"])
def test_066_infinite_numbers_are_refused(tmp_path, cell):
    assert is_refused(tmp_path, cell, "bad-number", "number")


def test_067_yes_and_no_are_read_by_the_list_and_other_words_refused(tmp_path):
    cells = ["oui", "1", "True", "x", "non", "0", "FALSE", "maybe"]
    values, export = one(tmp_path, cells, "flag")
    assert values == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, None]
    assert kept_apart(export) == [("wide.csv", 9, "bad-flag")]
    assert one(tmp_path, ["ja"], "flag", values={"ja": "yes"})[0] == [1.0]


TITLES = [
    "CEO \N{ROCKET}",
    "\u202emanager\u202c",
    "مدير المبيعات",
    "İnşaat Mühendisi",
    "Directeur Ge\u0301ne\u0301ral",
]


def test_068_titles_in_any_script_are_text_in_one_unicode_form(tmp_path):
    values, export = one(tmp_path, TITLES, "job_title")
    assert kept_apart(export) == []
    assert values[3:] == ["İnşaat Mühendisi", "Directeur Général"]
    told = derive(pd.DataFrame({"job_title": pd.Series(values, dtype="str")}))
    assert told["seniority"].notna().all()
    assert told["seniority"].iloc[0] == "c_level"


MARKUP = ["<script>alert(1)</script>", "Robert') -- DROP TABLE leads", "=1+2"]


def test_069_markup_and_code_in_text_are_text_and_escaped_in_pages(tmp_path):
    values, export = one(tmp_path, MARKUP)
    assert values == MARKUP
    assert kept_apart(export) == []
    page = render(page_that_tells(values))
    assert not [cell for cell in values[:1] if cell in page]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def page_that_tells(words):
    """Return a report on 300 looks, half of them won, whose warnings tell these words."""
    place = np.arange(300)
    p = np.where(place % 2 == 1, 0.8, 0.2)
    evidence = pd.DataFrame(
        {
            "lead_id": [f"L{i}" for i in place], "as_of": pd.NaT, "order": place,
            "label": (place % 2 == 1).astype(float), "p_issued": p, "score": 100 * p, "p_model": p,
            "p_base": 0.5, "p_grid": p,
            "window": np.where(place < 150, "calibrate", "test"),
        }
    )  # fmt: skip
    asked = settings(review={"bootstrap": 100})
    compared = compare(
        evidence, fit_rate=rate(150, 300), review=asked.review,
        thresholds=asked.thresholds.initial, seed=1,
    )  # fmt: skip
    proposal = propose(
        evidence, asked.thresholds, scale=Scale(10.0, 0.5), in_force=asked.thresholds.initial,
        prior=asked.calibration, as_of=None, seed=1, min_leads=30, n_resamples=100,
    )  # fmt: skip
    return ReportInputs(
        source="demo", title="Lead scores", as_of="2026-01-01", opinion="model", gates=[],
        comparison=compared, proposal=proposal.to_dict(), leakage=[], features=[], counts=[], warnings=words,
        unchecked=[], bundle_sha256="ab", settings_sha256="cd",
    )  # fmt: skip


def test_070_formulas_in_text_are_text_and_escaped_where_they_leave(tmp_path):
    _, export = one(tmp_path, ["=1+2", "@SUM(A1)", "+33 1", "-1"])
    texts = export.leads["x"].map(escape_cell)
    found = csv.DictReader(
        io.StringIO(to_csv(export.leads[["lead_id"]].assign(x=texts)), newline="")
    )
    assert [row["x"] for row in found] == ["'=1+2", "'@SUM(A1)", "'+33 1", "'-1"]


CHANNEL = Feature("lead_channel", "category", "Channel: {value}", "channel")
EMPLOYEES = Feature("firm_employees", "number", "Employees: {value}", "employees")


def looks_of(channels, employees):
    """Return one look a lead."""
    return pd.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(len(channels))],
            "order": range(len(channels)),
            "lead_channel": pd.Series(channels, dtype="str"),
            "firm_employees": pd.Series(employees, dtype="float64"),
        }
    )


TRAINED = looks_of(["ads", "fair"] * 50, [10.0, 50.0] * 50)
ENCODER = Encoder.learn(TRAINED, (CHANNEL, EMPLOYEES), min_rows=5, max_levels=10)
USUAL = usual_columns(TRAINED, (CHANNEL, EMPLOYEES), ENCODER)


def night(channels, employees):
    """Compare forty open leads with the training; return the leads with unknown words by column."""
    rows = looks_of(channels, employees)
    return refuse_changed(USUAL, rows, ENCODER, settings().score, min_leads=30)


def stopped_night(code, channels, employees, column):
    with pytest.raises(GateError) as told:
        night(channels, employees)
    is_clear(told.value, code, exit_code=4, column=column)
    return str(told.value)


SIZES = [10.0, 50.0] * 20


def test_071_a_new_category_has_a_bucket_of_its_own_and_is_counted():
    """5 of 40 leads came by a channel that did not exist in training."""
    codes = ENCODER.matrix(looks_of(["podcast", "ads", None], [1.0, 1.0, 1.0]))[:, 0]
    assert ReasonWords(ENCODER).phrases(np.array([0]), codes[:1]) == ["Channel: a rare value"]
    assert codes[0] not in (codes[1], codes[2])
    assert night(["podcast"] * 5 + ["ads"] * 35, SIZES) == {"lead_channel": 5}
    assert night(["ads"] * 40, SIZES) == {}


def test_071_mostly_new_categories_stop_the_night():
    told = stopped_night("unknown-words", ["e-mail"] * 30 + ["ads"] * 10, SIZES, "lead_channel")
    assert "75% of 40 leads hold words that the model was not trained on" in told


def test_072_words_that_differ_in_case_accents_and_spaces_become_the_most_frequent(tmp_path):
    values, export = one(tmp_path, ["Genève", "GENEVE", "Genève ", "geneve", "Lyon"])
    assert values == ["Genève", "Genève", "Genève", "Genève", "Lyon"]
    assert warned(export, "differ only in").startswith("wide.csv: 2 spellings of X")


def test_072_other_alphabets_keep_their_marks(tmp_path):
    """The Russian short i and the Japanese ga are letters of their own."""
    cells = ["й", "и", "が", "か"]
    assert one(tmp_path, cells)[0] == cells


def test_073_a_constant_column_is_warned_of(tmp_path):
    _, export = one(tmp_path, ["no"] * 20)
    assert warned(export, "the same X").startswith("wide.csv: 20 rows")
    _, export = one(tmp_path, ["no"] * 19)  # too few to say
    assert export.warnings == ()


def test_074_a_column_without_any_value_stops_at_the_gate(tmp_path):
    """What a user without the right to see a field exports."""
    error = stops(
        "empty-column", one, tmp_path, ["", "NULL"] * 10, exit_code=4, place=("wide.csv", None, "X")
    )
    assert "none of 20 rows" in str(error)


def test_074_a_column_that_was_filled_in_training_stops_the_night():
    told = stopped_night("empty-column", ["ads", "fair"] * 20, [None] * 40, "firm_employees")
    assert "filled in for none of 40 leads, for 100% in training" in told


def test_075_numbers_that_turned_into_words_stop(tmp_path):
    error = stops(
        "too-many-rejects", one, tmp_path, ["1-10", "11-50"] * 10, "number",
        mapping={"max_reject_share": 0.2}, place=("wide.csv", 2, "X"),
    )  # fmt: skip
    assert "20 of 20 rows refused, 20 as bad-number" in str(error)


def test_076_a_renamed_column_stops_and_the_nearest_name_is_told(tmp_path):
    columns = {"Channel": {"role": "property", "name": "x"}}
    at = ("wide.csv", 1, "Channel")
    error = stops("missing-column", wide, tmp_path, "Id,Won,Chanel\na,1,p\n", columns, place=at)
    assert error.fix == "did you mean 'Chanel'?"


def test_077_other_columns_are_ignored_and_listed(tmp_path):
    export = wide(tmp_path, "Id,Extra,Won,X,More\na,7,1,p,8\n")
    assert warned(export, "not in the mapping").endswith("are not read: Extra, More")


def test_078_columns_are_found_by_name_whatever_their_order(tmp_path):
    mixed = wide(tmp_path, "X,Id,Won\np,a,1\nq,b,0\n").leads
    assert mixed.equals(wide(tmp_path, "Id,Won,X\na,1,p\nb,0,q\n").leads)


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_079_another_unit_stops_the_night(factor):
    """Training knew 10 and 50: their median is 30."""
    told = stopped_night("other-unit", ["ads"] * 40, [n * factor for n in SIZES], "firm_employees")
    assert f"median {30 * factor:g}, in training 30" in told


def test_079_a_market_that_moved_does_not():
    assert night(["ads"] * 40, [5 * n for n in SIZES]) == {}


def test_080_a_column_of_names_or_addresses_stops_at_the_gate(tmp_path):
    """Of a column of kind `email` only the domain is kept."""
    cells = [f"jo.doe{i}@firm.example" for i in range(40)]
    _, export = one(tmp_path, cells)
    with pytest.raises(GateError) as told:
        stop_on(
            examine(
                [category("x")], export.leads, export.outcomes, settings().leakage, is_dated=False
            )
        )
    is_clear(told.value, "leakage", exit_code=4, file="params.yaml", column="leakage.allow")
    assert "x: personal data" in str(told.value)
    assert set(one(tmp_path, cells, "email")[0]) == {"firm.example"}


def test_081_malformed_addresses_count_as_invalid_and_are_warned_of(tmp_path):
    """No domain is made up, and nothing of the address is kept: its place says `invalid`."""
    values, export = one(tmp_path, ["Jo@Firm.example", "jo@", "a@b@c.example", ""], "email")
    assert values == ["firm.example", "invalid", "invalid", None]
    assert warned(export, "no mail domain").startswith("wide.csv: 2 X")


def test_082_a_domain_on_no_list_is_professional():
    """The lists are part of the package and can't be missing: they only take points away."""
    domains = pd.Series(
        ["gmail.com", "mailinator.com", "firm.example", "invalid", None], dtype="str"
    )
    wanted = ["consumer", "disposable", "professional", "invalid", "missing"]
    assert domain_class(domains).tolist() == wanted
