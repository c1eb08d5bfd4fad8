"""Every error a user can cause is one line: code, place, what was expected, the mend; and an exit code."""

import pytest

from leadscore.domain import errors
from leadscore.domain.errors import GateError, InputError, LeadscoreError, nearest

KINDS = [
    (errors.InputError, 2),
    (errors.GateError, 4),
    (errors.DeliveryError, 5),
    (errors.BusyError, 75),
]


@pytest.mark.parametrize(("kind", "exit_code"), KINDS)
def test_kinds_have_their_exit_codes(kind, exit_code):
    assert kind.exit_code == exit_code
    assert issubclass(kind, LeadscoreError)


def test_no_two_kinds_share_an_exit_code_nor_that_of_a_run_with_rejects():
    codes = [code for _, code in KINDS]
    assert len({*codes, errors.EXIT_DONE_WITH_REJECTS, LeadscoreError.exit_code, 0}) == 7


def test_every_kind_is_listed_here_and_in_the_docstring():
    assert {kind for kind, _ in KINDS} == set(LeadscoreError.__subclasses__())
    for kind, code in KINDS:
        assert any(
            kind.__name__ in line and f" {code} " in line for line in errors.__doc__.splitlines()
        )


def test_the_line_says_place_code_message_and_mend():
    error = InputError(
        "missing-column", "no column 'Statuz'", file="deals.csv", row=1, column="Statuz", fix="x?"
    )
    assert str(error) == "deals.csv:1:Statuz missing-column: no column 'Statuz' — x?"
    assert (error.code, error.file, error.row, error.column, error.fix) == (
        "missing-column", "deals.csv", 1, "Statuz", "x?",
    )  # fmt: skip


def test_what_is_not_known_is_left_out():
    assert str(GateError("one-class", "0 won")) == "one-class: 0 won"
    assert str(InputError("a", "b", file="f", column="c")) == "f:c a: b"
    assert str(InputError("a", "b", row=0)) == "0 a: b"


def test_line_breaks_and_runs_of_blanks_become_one_blank():
    error = InputError("a", "first\n  second\t\tthird", fix="do\r\nthis")
    assert str(error) == "a: first second third — do this"


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("horizon", ["horizon_days", "seed"], "did you mean 'horizon_days'?"),
        ("HORIZON_DAYS", ["horizon_days", "seed"], "did you mean 'horizon_days'?"),
        ("zzz", ["b", "a"], "known: a, b"),
        ("zzz", [], "known: "),
        ("zzz", [f"k{i:02d}" for i in range(13)], "k10, k11, ..."),
    ],
)
def test_the_nearest_known_name_is_proposed_or_all_are_listed(name, known, said):
    assert nearest(name, known).endswith(said)
