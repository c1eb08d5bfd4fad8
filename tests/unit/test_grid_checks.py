"""Cases a salesperson can read: what holds, what differs, which words are refused."""

import pytest

from leadscore.adapters.grids import read_sheet
from leadscore.domain.errors import InputError
from leadscore.scoring.grid.checks import Sheet, run_sheet
from tests.fakes import grid

CASE = {"claim": "a referral", "lead": {"channel": "referral"}, "day": "2026-02-01"}


def sheet(*cases, **more):
    return Sheet.model_validate({"grid": "tiny", "cases": list(cases), **more})


def differs(**more):
    (result,) = run_sheet(grid(), sheet(CASE | more)).results
    return [(d.what, d.expected, d.got) for d in result.differs]


def test_a_case_that_holds_differs_in_nothing():
    assert differs(points={"referral": 30}, total=30, tier="warm", cell="A3") == []


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"points": {"referral": 20}}, ("referral", "+20", "+30")),
        ({"points": {}}, ("referral", "+0", "+30")),
        ({"points": {"referral": 30, "demo": 40}}, ("demo", "+40", "+0")),
        ({"total": 31}, ("total", "31", "30")),
        ({"tier": "hot"}, ("tier", "hot", "warm")),
        ({"cell": "C3"}, ("cell", "C3", "A3")),
        ({"disqualified": True}, ("disqualified", "disqualified", "not disqualified")),
    ],
)
def test_what_differs_is_told_with_what_was_expected(expected, told):
    assert differs(**expected) == [told]


def test_a_rule_nobody_knows_is_told_with_the_nearest():
    ((what, _, got),) = differs(points={"referral": 30, "refferal": 30})
    assert what == "refferal"
    assert "did you mean 'referral'?" in got


def test_two_decimals_are_enough_for_points_that_fade():
    assert differs(total=30.004) == []
    assert differs(total=30.02) != []


def test_a_criterion_that_no_case_shows_is_named():
    assert run_sheet(grid(), sheet(CASE | {"total": 30})).unshown == ("demo", "spam")


def test_events_count_from_their_second_on():
    case = CASE | {"lead": {}, "events": ["2026-02-01 10:00 demo_request"]}
    before = run_sheet(grid(), sheet(case | {"day": "2026-02-01 09:59", "total": 0}))
    after = run_sheet(grid(), sheet(case | {"day": "2026-02-01 10:00", "total": 40}))
    assert before.failed == after.failed == ()


def test_a_property_nobody_knows_is_refused_with_the_nearest_unless_the_source_has_it():
    case = CASE | {"lead": {"chanel": "referral"}, "total": 0}
    with pytest.raises(InputError, match=r"a referral.*'chanel' — did you mean 'channel'\?"):
        run_sheet(grid(), sheet(case))
    assert run_sheet(grid(), sheet(case), known=["chanel"]).failed == ()


def test_derived_properties_follow_from_their_source():
    plain = grid().model_dump(by_alias=True, exclude_none=True, mode="json")
    plain["rules"][0]["when"] = {"property": "seniority", "in": ["c_level"]}
    derived = type(grid()).model_validate(plain)
    case = {"claim": "a CEO", "lead": {"job_title": "CEO"}, "day": "2026-02-01", "total": 30}
    assert run_sheet(derived, sheet(case)).failed == ()


GOOD = """\
grid: tiny
cases:
  - claim: a
    day: 2026-02-01
    total: 0
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("total: 0", "totl: 0", 5, "did you mean 'total'?"),
        ("day: 2026-02-01", "day: tomorrow", 4, "'tomorrow' is no date"),
        ("total: 0", "events: [demo_request]", 5, "an event is written"),
        ("    total: 0\n", "", 3, "expects nothing"),
        ("total: 0", "{created: 2026-03-01, total: 0}", 5, "can't be read"),
        ("total: 0", "created: 2026-03-01\n    total: 0", 3, "is after day"),
    ],
)
def test_a_fault_of_a_check_file_is_told_with_its_line(tmp_path, old, new, line, words):
    path = tmp_path / "tiny.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_sheet(path)
    assert words in str(refused.value)
    assert (refused.value.row or 0) in (line, line + 1)
