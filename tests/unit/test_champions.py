"""Signed champions: appended lines, a rollback that goes one step back, a retirement, and the grid without any."""

import pytest
from pydantic import ValidationError

from leadscore.adapters.registry import record
from leadscore.domain.errors import InputError
from leadscore.scoring.champions import (
    Champions,
    Promotion,
    champion_of,
    previous_of,
    without_model,
)
from tests.fakes import scorer_by_grid


def line(digit, *, act="promote", day=1, **changes):
    """Return a signed line of the bundle whose hash is one digit."""
    plain = {
        "source": "demo", "version": None, "bundle_sha256": digit * 64, "act": act, "by": "Ann",
        "at": f"2026-01-{day:02d}T10:00:00Z", "reason": "because", "passed": [], "despite": [],
    }  # fmt: skip
    return Promotion.model_validate(plain | changes)


def pile(text):
    """Return lines in order: ``a b`` promotes a, then b; ``<a`` rolls back to a; ``!a`` retires a."""
    acts = {"<": "rollback", "!": "retire"}
    return [
        line(word[-1], act=acts.get(word[0], "promote"), day=n)
        for n, word in enumerate(text.split(), start=1)
    ]


def in_force(lines):
    """Return the digits of the champion and of what a rollback would bring back, after a check of the list."""
    signed = Champions(champions=pile(lines)).champions
    return [each and each.bundle_sha256[0] for each in (champion_of(signed), previous_of(signed))]


@pytest.mark.parametrize(
    ("lines", "champion", "previous"),
    [
        ("", None, None),
        ("a", "a", None),
        ("a b", "b", "a"),
        ("a b <a", "a", None),
        ("a b c <b", "b", "a"),
        ("a b c <b <a", "a", None),
        ("a b <a d", "d", "a"),
    ],
)
def test_the_last_line_is_in_force_and_a_rollback_takes_the_top_off(lines, champion, previous):
    assert in_force(lines) == [champion, previous]


@pytest.mark.parametrize(
    ("lines", "champion", "previous"),
    [
        ("a !a", None, "a"),
        ("a b !b", None, "b"),
        ("a b !b <b", "b", "a"),  # the retirement is undone, and no promotion
        ("a b !b <b <a", "a", None),
        ("a !a b", "b", "a"),  # the champion before, not the grid
        ("a !a a", "a", None),  # promoted again, it is not its own champion before
        ("a b <a !a <a !a", None, "a"),
    ],
)
def test_after_a_retirement_there_is_no_champion_and_a_rollback_brings_it_back(
    lines, champion, previous
):
    assert in_force(lines) == [champion, previous]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (pile("a <a"), "was not the champion before"),
        (pile("a b c <a"), "was not the champion before"),
        (pile("a b !b <a"), "was not the champion before"),
        (pile("a b !a"), "the retirement of .* was not the champion"),
        (pile("a !a !a"), "the retirement of .* was not the champion"),
        ([line("a", day=2), line("b", day=1)], "stands after"),
        ([line("a"), line("b", source="other")], "one source a file"),
    ],
)
def test_a_list_that_was_not_appended_to_is_refused(lines, told):
    with pytest.raises(ValidationError, match=told):
        Champions(champions=lines)


@pytest.mark.parametrize(
    "change",
    [
        {"by": "  "},
        {"reason": ""},
        {"at": "2026-01-01"},
        {"bundle_sha256": "A" * 64},
        {"act": "demote"},
        {"approved": True},
    ],
)
def test_an_unsigned_or_garbled_line_is_refused(change):
    with pytest.raises(ValidationError):
        line("a", **change)


def test_a_line_is_appended_byte_for_byte_and_read_back(tmp_path):
    lines = [line("a", reason='says "yes": é\n# no comment'), line("b", version="3", despite=["x"])]
    for each in lines:
        before = record.record_of(tmp_path, "demo")
        old = before.read_bytes() if before.exists() else b""
        record.append_line(tmp_path, each)
        assert before.read_bytes().startswith(old)
    assert record.signed_lines(tmp_path, "demo") == lines
    assert [p.name for p in (tmp_path / "config/champions").iterdir()] == ["demo.yaml"]


def test_a_line_that_could_not_be_read_again_is_not_put_in_force(tmp_path):
    record.append_line(tmp_path, line("a", day=2))
    with pytest.raises(InputError) as refused:
        record.append_line(tmp_path, line("b", day=1))
    assert refused.value.code == "bad-champions"
    assert record.signed_lines(tmp_path, "demo") == [line("a", day=2)]


@pytest.mark.parametrize(
    ("old", "new"),
    [("by:", "signed_by:"), ("demo", "other"), ("aaaa", "xxxx"), ("champions:", "lines:")],
)
def test_a_record_that_was_edited_by_hand_stops(tmp_path, old, new):
    record.append_line(tmp_path, line("a"))
    path = record.record_of(tmp_path, "demo")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(InputError) as refused:
        record.signed_lines(tmp_path, "demo")
    assert refused.value.code == "bad-champions"


@pytest.mark.parametrize(
    ("act", "told"),
    [("promote", "promoted by Ann"), ("rollback", "brought back by Ann"), ("retire", "retired by Ann")],
)  # fmt: skip
def test_a_line_tells_what_was_done_and_by_whom(act, told):
    assert (
        line("a", act=act).told()
        == f"aaaaaaaaaaaa (no version in MLflow), {told} on 2026-01-01: because"
    )


@pytest.mark.parametrize(
    ("manifest", "opinion"),
    [({}, "grid"), ({"without_model": "grid"}, "grid"), ({"without_model": "base_rate"}, "base_rate")],
)  # fmt: skip
def test_without_a_champion_the_better_of_grid_and_base_rate_scores(manifest, opinion):
    scorer = without_model(scorer_by_grid(), manifest)
    assert (scorer.opinion, scorer.model) == (opinion, None)
