"""Import files for CRMs: every lead once, in each CRM's format, within its limits, and nothing runs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.delivery.crm_cells import shortened
from leadscore.delivery.crm_files import changed, pieces
from leadscore.delivery.spreadsheet import FORMULA_START, escape_cell
from leadscore.domain.crm_fields import FIELDS, Crm, Kind
from leadscore.domain.crm_systems import CRMS
from leadscore.domain.errors import InputError
from tests.crm import counted, files, issued, read, read_all, texts_of
from tests.fakes import utc

TINY = {
    "key": "Id", "finds": "", "header": "{snake}", "types": {}, "moment": "%Y-%m-%d",
    "flag": ("1", "0"),
}  # fmt: skip


@pytest.fixture(params=CRMS.values(), ids=CRMS)
def crm(request):
    return request.param


def tiny(**limits):
    return Crm("tiny", "Tiny", **({"text_limit": None, "rows": None, "size": None} | TINY | limits))


def expected(lead, crm):
    """Return the cells a CRM must read for an issued lead, worked out apart from the writing."""

    def cell(field):
        value = lead.get(field.source)
        if value is None or value is pd.NaT or value != value:
            return crm.no_reasons if field.kind is Kind.REASONS else crm.no_value
        if field.kind is Kind.NUMBER:
            return f"{value:.{field.decimals}f}"
        if field.kind is Kind.FLAG:
            return crm.flag[0] if value else crm.flag[1]
        if field.kind is Kind.MOMENT:
            return value.strftime(crm.moment)
        text = escape_cell(value[: field.first] if field.first else value)
        if field.kind is Kind.REASONS and crm.text_limit is not None:
            return shortened(text, crm.text_limit, in_bytes=crm.unit == "bytes")
        return text

    return {field.name: cell(field) for field in FIELDS}


def test_a_file_begins_with_its_header_in_its_encoding(crm):
    (content,) = files(issued({}), crm).values()
    assert content.startswith(b"\xef\xbb\xbf") is crm.bom
    head = ",".join(f'"{column}"' for column in crm.columns) + crm.line_end
    assert content.removeprefix(b"\xef\xbb\xbf").startswith(head.encode())
    assert content.endswith(crm.line_end.encode())


def test_one_row_of_salesforce_letter_by_letter():
    """#N/A empties a field there; 0.12346 is written as 0.1235."""
    (content,) = files(issued({"lead_id": "00Q1"}), CRMS["salesforce"]).values()
    assert content.decode().splitlines()[1] == (
        '"00Q1",64.5,"warm",false,0.1235,"steady","Asked for a demo (+9); Opened a mail (+2)",#N/A,'
        '"B2","2026-03-02T06:30:15Z","2026-03-09T06:30:15Z","0123456789ab","0001"'
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hubspot", "2026-03-02"), ("salesforce", "2026-03-02T06:30:15Z"),
        ("dynamics", "2026-03-02 06:30:15"), ("zoho", "03/02/2026 06:30:15"),
        ("pipedrive", "2026-03-02"), ("freshsales", "2026-03-02"), ("sage", "2026-03-02"),
        ("marketo", "2026-03-02T06:30:15+00:00"), ("odoo", "2026-03-02 06:30:15"),
        ("mautic", "2026-03-02 06:30:15"),
    ],
)  # fmt: skip
def test_a_moment_is_written_as_the_crm_reads_it(name, told):
    (row,) = read_all(issued({}), CRMS[name])
    assert row["scored_at"] == told


@pytest.mark.parametrize(
    ("name", "flags", "nothing"),
    [
        ("hubspot", ["true", "false"], "none"), ("salesforce", ["true", "false"], "#N/A"),
        ("dynamics", ["Yes", "No"], "none"), ("odoo", ["True", "False"], ""),
        ("mautic", ["1", "0"], "none"), ("sage", ["Y", "N"], "none"),
    ],
)  # fmt: skip
def test_flags_and_missing_reasons_are_in_the_words_of_the_crm(name, flags, nothing):
    rows = read_all(issued({"explore": True}, {"explore": False}), CRMS[name])
    assert [row["explore"] for row in rows] == flags
    assert rows[0]["reasons_against"] == nothing


def test_scores_without_a_date_or_a_sample_have_empty_cells():
    table = issued({}).assign(as_of=pd.Series([pd.NaT], dtype="datetime64[us, UTC]"))
    (row,) = read_all(table.drop(columns="explore"), CRMS["hubspot"])
    assert (row["scored_at"], row["explore"]) == ("", "")


@pytest.mark.parametrize(
    ("score", "probability", "told"),
    [
        (0.0, 0.0, ("0.0", "0.0000")), (100.0, 1.0, ("100.0", "1.0000")),
        (64.9, 0.00004, ("64.9", "0.0000")), (0.1, 0.00006, ("0.1", "0.0001")),
        (64.9, np.nan, ("64.9", "")),
    ],
)  # fmt: skip
def test_numbers_have_fixed_digits_and_never_an_exponent(score, probability, told):
    (row,) = read_all(issued({"score": score, "probability": probability}), CRMS["hubspot"])
    assert (row["score"], row["probability"]) == told


@pytest.mark.parametrize("text", ["two\r\nlines", 'a "b"', "a,b", "a;b", "é€漢😀", " a ", "none"])
def test_texts_come_back_as_they_were(crm, text):
    (row,) = read_all(issued({"lead_id": f"k{text}", "reasons_for": text}), crm)
    assert (row["lead_key"], row["reasons_for"]) == (f"k{text}", text)


texts = st.text([*FORMULA_START, *"ab1;' ,\"|é😀"], max_size=12)
leads = st.fixed_dictionaries(
    {
        "score": st.integers(0, 1000).map(lambda n: n / 10),
        "probability": st.one_of(st.just(np.nan), st.integers(0, 9999).map(lambda n: n / 10_000)),
        "tier": st.sampled_from(["hot", "warm", "cold"]),
        "trend": st.sampled_from(["improving", "steady", "declining", "not enough info"]),
        "explore": st.booleans(),
        "reasons_for": st.one_of(st.none(), texts),
        "reasons_against": st.one_of(st.none(), texts),
        "cell": texts,
        "decision_id": texts,
    }
)


@given(
    st.lists(leads, min_size=1, max_size=6),
    st.lists(texts, min_size=6, max_size=6),
    st.sampled_from(list(CRMS)),
)
@settings(max_examples=100, deadline=None)
def test_what_a_crm_reads_is_what_was_issued_and_no_cell_is_a_formula(rows, keys, name):
    crm = CRMS[name]
    table = issued(*({**row, "lead_id": f"{keys[n]}{n}"} for n, row in enumerate(rows)))
    came = read_all(table, crm)
    assert came == [expected(lead, crm) for lead in table.to_dict("records")]
    cells = [row[field] for row in came for field in texts_of(crm)]
    assert [c for c in cells if c.startswith(FORMULA_START)] == []


@pytest.mark.parametrize("start", FORMULA_START)
def test_every_start_of_a_formula_is_escaped_and_counted(crm, start):
    table = issued({"reasons_for": f"{start}1"}, {"reasons_for": "1"}, {"cell": f"{start}A"})
    _, escaped = counted(table, crm)
    assert escaped == {"reasons_for": 1, "cell": 1}


def test_a_word_of_many_leads_that_is_escaped_counts_for_each():
    _, escaped = counted(issued(*[{"decision_id": "=1"}] * 5, {}), CRMS["hubspot"])
    assert escaped == {"decision": 5}


def test_texts_are_cut_after_a_whole_reason_and_counted():
    crm = tiny(text_limit=30)
    table = issued({}, {"reasons_for": "Short (+1)"}, {"reasons_against": "x" * 31})
    rows = read_all(table, crm)
    told = [(row["reasons_for"], row["reasons_against"]) for row in rows]
    assert told[0] == ("Asked for a demo (+9); ...", "none")
    assert told[1] == ("Short (+1)", "none")
    assert told[2] == ("Asked for a demo (+9); ...", "x" * 27 + "...")
    assert counted(table, crm)[0] == {"reasons_for": 2, "reasons_against": 1}


def test_a_text_as_long_as_the_field_is_left_whole():
    crm = tiny(text_limit=10)
    (row,) = read_all(issued({"reasons_for": "é" * 10}), crm)
    assert row["reasons_for"] == "é" * 10
    assert counted(issued({"reasons_for": "é" * 10}), crm)[0] == {}


def test_an_apostrophe_counts_in_the_length():
    crm = tiny(text_limit=10)
    (row,) = read_all(issued({"reasons_for": "=" + "1" * 9}), crm)
    assert row["reasons_for"] == "'=11111..."


@given(st.text("ab; é😀", max_size=40), st.integers(4, 30), st.booleans())
@settings(max_examples=300)
def test_a_shortened_text_fits_and_is_a_beginning(text, limit, in_bytes):
    cut = shortened(text, limit, in_bytes=in_bytes)
    assert (len(cut.encode()) if in_bytes else len(cut)) <= limit
    whole = len(text.encode() if in_bytes else text) <= limit
    assert (cut == text) if whole else (cut.endswith("...") and text.startswith(cut[:-3]))


def test_marketo_counts_bytes():
    """30,000 bytes hold 15,000 letters é; one letter more is cut, where characters would not be."""
    table = issued({"reasons_for": "é" * 15_000}, {"reasons_for": "é" * 15_001})
    rows = read_all(table, CRMS["marketo"])
    assert [len(row["reasons_for"].encode()) for row in rows] == [30_000, 14_998 * 2 + 3]
    assert counted(table, CRMS["marketo"])[0] == {"reasons_for": 1}


@pytest.mark.parametrize("block", [1, 2, 3, 7, 100])
def test_rows_are_parted_at_the_limit_whatever_the_block(block):
    whole = files(issued(*[{}] * 7), tiny(rows=3), block=block)
    parts = [[row["lead_key"] for row in read(content, tiny())] for content in whole.values()]
    assert parts == [["L1", "L2", "L3"], ["L4", "L5", "L6"], ["L7"]]


@pytest.mark.parametrize("block", [1, 4, 100])
def test_bytes_are_parted_at_the_limit_header_included(block):
    table = issued(*[{"reasons_for": "é" * n} for n in range(60)])
    (one,) = files(table, tiny()).values()
    limit = 1_000
    whole = list(files(table, tiny(size=limit), block=block).values())
    assert max(map(len, whole)) <= limit
    longest = max(len(line) for line in one.splitlines(keepends=True))
    assert min(map(len, whole[:-1])) > limit - longest
    head = one[: one.index(b"\r\n") + 2]
    assert all(content.startswith(head) for content in whole)
    assert head + b"".join(content[len(head) :] for content in whole) == one


def test_a_file_may_be_exactly_as_large_as_the_limit():
    (one,) = files(issued({}, {}), tiny()).values()
    assert list(files(issued({}, {}), tiny(size=len(one))).values()) == [one]
    assert len(files(issued({}, {}), tiny(size=len(one) - 1))) == 2


@given(st.integers(1, 40), st.integers(1, 9), st.integers(420, 2_000), st.integers(1, 50))
@settings(max_examples=30, deadline=None)
def test_every_lead_comes_out_once_and_in_order(n, rows, size, block):
    crm = tiny(rows=rows, size=size)
    table = issued(*[{"reasons_for": "x" * (k % 50)} for k in range(n)])
    told = list(pieces(table, crm, block=block))
    assert sum(piece.rows for piece in told) == n
    assert [piece.file for piece in told] == sorted(piece.file for piece in told)
    assert [row["lead_key"] for row in read_all(table, crm, block=block)] == list(table["lead_id"])


def test_counts_do_not_depend_on_where_files_are_parted():
    table = issued(*[{"reasons_for": "=" + "x" * 50, "lead_id": f"-{n}"} for n in range(9)])
    once, thrice = counted(table, tiny(text_limit=40)), counted(table, tiny(text_limit=40, rows=2))
    assert once == thrice == [{"reasons_for": 9}, {"lead_key": 9, "reasons_for": 9}]


def test_no_leads_make_no_file():
    assert files(issued({}).iloc[:0], CRMS["hubspot"]) == {}


def test_the_table_itself_is_not_changed(crm):
    table = issued({"lead_id": "=a"}, {})
    before = table.copy()
    files(table, crm)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("key", ["", "  ", "x" * 256])
def test_a_key_that_finds_no_record_is_refused(key):
    with pytest.raises(InputError) as refused:
        list(pieces(issued({}, {"lead_id": key}), CRMS["hubspot"]))
    assert (refused.value.code, refused.value.row) == ("bad-key", 2)


def test_a_row_larger_than_a_file_is_refused_by_its_lead():
    table = issued({}, {"lead_id": "long", "reasons_for": "x" * 2_000})
    with pytest.raises(InputError, match="lead long") as refused:
        list(pieces(table, tiny(size=1_000)))
    assert refused.value.code == "row-too-large"


BEFORE = [{"reasons_for": "a"}, {"score": 10.0}, {"tier": "hot"}, {"explore": True}, {}, {}]


def told(now, before):
    found = changed(issued(*now), issued(*before))
    return list(found.rows["lead_id"]), found.unchanged, found.gone


def test_only_leads_with_news_are_told():
    now = [{"reasons_for": "b"}, {"score": 10.1}, {"tier": "cold"}, {"explore": False}, {}, {}]
    assert told(now, BEFORE) == (["L1", "L2", "L3", "L4"], 2, 0)


def test_the_same_scores_have_no_news():
    assert told(BEFORE, BEFORE) == ([], 6, 0)


def test_what_is_written_alike_is_no_news():
    """A date, a trend, a probability or the seventh digit of a score alone is no reason for a row."""
    now = [
        {"as_of": utc("2026-03-03"), "trend": "declining", "probability": 0.9, "score": 64.50001}
    ]
    assert told(now, [{}]) == ([], 1, 0)


def test_a_reason_that_came_or_went_is_news():
    assert told([{"reasons_for": None}, {"reasons_against": "c"}], [{}, {}])[0] == ["L1", "L2"]


def test_new_leads_are_told_and_those_gone_are_counted():
    now = [{"lead_id": "L2"}, {"lead_id": "new"}]
    assert told(now, [{}, {}, {}]) == (["new"], 1, 2)


def test_against_nothing_everything_is_news():
    found = changed(issued({}, {}), issued({}).iloc[:0])
    assert (len(found.rows), found.unchanged, found.gone) == (2, 0, 0)


def test_scores_that_tell_of_no_sample_are_written_anew():
    found = changed(issued({}), issued({}).drop(columns="explore"))
    assert len(found.rows) == 1


def test_the_order_of_the_earlier_scores_does_not_matter():
    now, before = issued(*[{"score": float(n)} for n in range(9)]), issued(*[{}] * 9)
    forth, back = changed(now, before), changed(now, before.iloc[::-1])
    pd.testing.assert_frame_equal(forth.rows, back.rows)
