"""Lint: what a grid's text says against it, and what looks and outcomes say."""

from datetime import date

import numpy as np
import pytest

from leadscore.scoring.grid import parse_grid
from leadscore.scoring.grid.lint import Known, Limits, lint_text
from leadscore.scoring.grid.lint_history import Seen, lift, lint_history
from leadscore.scoring.grid.points import GridScore
from leadscore.scoring.grid.vocabulary import Vocabulary
from tests.fakes import plain_grid

DAY = date(2026, 2, 1)
LIMITS = Limits(criteria=3, min_leads=4)
KNOWN = Known(
    Vocabulary(("channel", "seniority"), ("demo_request",), {"seniority": ("director", "other")}),
    {"channel": ["referral", "spam", "web"]},
    {},
)


def rule(id_, when, points=10, **more):
    words = {"en": id_, "fr": id_}
    said = {"owner": "test", "reason": "a test", "group": "fit"}
    return {"id": id_, "words": words, "points": points, "when": when, **said, **more}


def grid(*rules, **more):
    plain = plain_grid()
    return parse_grid(plain | {"rules": [*plain["rules"], *rules]} | more, file="tiny.yaml")


def text(*rules, trained=None, known=None, **more):
    return lint_text(grid(*rules, **more), day=DAY, limits=LIMITS, trained=trained, known=known)


def checks(findings):
    return [(f.severity, f.check, f.rule) for f in findings]


def web(**more):
    return {"property": "channel", "equals": "web", **more}


def test_a_plain_grid_has_nothing_odd():
    assert text(known=KNOWN) == []


def test_too_many_criteria_are_told_and_ended_ones_do_not_count():
    two = [rule("a", web()), rule("b", web(), until="2026-01-15")]
    assert checks(text(*two)) == []
    assert checks(text(*two, rule("c", web()))) == [("warning", "too-many-criteria", None)]


def test_hot_that_ended_rules_alone_could_reach_is_an_error():
    ended = [r | {"until": "2026-01-15"} for r in plain_grid()["rules"]]
    found = lint_text(
        grid(rules=[*ended, rule("a", web(), points=59)]), day=DAY, limits=LIMITS
    )  # fmt: skip
    assert checks(found) == [("error", "unreachable-hot", None)]


def test_minus_without_a_floor_is_a_note():
    minus = rule("a", web(), points=-10)
    assert checks(text(minus)) == [("note", "no-floor", None)]
    assert checks(text(minus, floors={"fit": 0})) == []


@pytest.mark.parametrize(
    ("when", "finding", "nearest"),
    [
        ({"property": "chanel", "equals": "web"}, ("error", "unknown-name"), "channel"),
        ({"event": "demo_reqest"}, ("error", "unknown-name"), "demo_request"),
        ({"event": ["demo_reqest", "demo_request"]}, ("warning", "unknown-name"), "demo_request"),
        ({"property": "seniority", "equals": "directr"}, ("error", "unknown-name"), "director"),
        ({"property": "channel", "in": ["webb"]}, ("warning", "unknown-value"), "web"),
    ],
)
def test_names_and_values_nobody_knows_come_with_the_nearest(when, finding, nearest):
    (found,) = [f for f in text(rule("a", when), known=KNOWN) if f.check.startswith("unknown")]
    assert (found.severity, found.check) == finding
    assert found.fix == f"did you mean '{nearest}'?"


def test_a_property_with_one_rule_alone_says_nothing_of_the_rest():
    alone = {"property": "seniority", "equals": "director"}
    assert checks(text(rule("a", alone))) == [("note", "missing-else", "a")]
    rest = {"property": "seniority", "missing": True}
    both = text(rule("a", alone), rule("b", rest, points=5))
    assert "missing-else" not in [finding.check for finding in both]


def test_a_change_without_a_later_version_is_an_error():
    before, after = grid(), rule("a", web())
    assert ("error", "same-version", None) in checks(text(after, trained=before))
    assert checks(text(after, trained=before, version="2026-01-02")) == []


def test_rules_deleted_or_changed_in_place_spoil_the_replay():
    before = grid(rule("a", web()), rule("b", web()))
    changed = text(rule("a", web(), points=5), trained=before, version="2026-01-02")
    assert checks(changed) == [
        ("warning", "changed-in-place", "a"),
        ("warning", "rule-deleted", "b"),
    ]
    ended = rule("a", web(), until="2026-01-02")
    assert checks(text(ended, rule("b", web()), trained=before, version="2026-01-02")) == []


def seen(columns, label, *, looks_each=1):
    """Return looks of one lead each whose rules hold as told: ``{"referral": "1100"}``."""
    trace = np.array([[c == "1" for c in holds] for holds in columns.values()], dtype=float).T * 10
    n = len(trace)
    zero, none = np.zeros(n), np.zeros((n, 0), dtype=bool)
    score = GridScore(
        trace.sum(axis=1) + 60, trace.sum(axis=1), zero, np.full(n, "C3"), np.zeros(n, bool), trace,
        tuple(columns), none, (), {},
    )  # fmt: skip
    won = np.array([np.nan if c == "?" else float(c) for c in label])
    return Seen(np.arange(n) // looks_each, won, score)


def history(columns, label="?" * 8, *rules):
    made = grid(*rules)
    return checks(lint_history(made, seen(columns, label), day=DAY, limits=LIMITS))


def test_a_rule_that_never_or_always_holds_is_told():
    assert history({"referral": "0" * 8}) == [("warning", "dead-rule", "referral")]
    assert history({"referral": "1" + "0" * 7}) == [("warning", "hardly-ever", "referral")]
    assert history({"referral": "1" * 8}) == [("warning", "always-true", "referral")]
    assert history({"referral": "11110000"}) == []


def test_rules_that_hold_together_nearly_always_overlap():
    other = rule("a", {"property": "seniority", "equals": "director"})
    both = {"referral": "11111000", "a": "11110000"}  # 4 of 5 looks with either: Jaccard 0.8
    assert history(both, "?" * 8, other) == [("warning", "overlap", "referral")]
    apart = {"referral": "11111100", "a": "00111111"}  # 4 of 8
    assert history(apart, "?" * 8, other) == []


def test_two_rules_that_count_one_sign_at_once_count_it_twice():
    other = rule("a", {"property": "channel", "in": ["referral", "web"]})
    both = {"referral": "11110000", "a": "11111111"[:7] + "0"}
    assert history(both, "?" * 8, other) == [("warning", "double-counting", "referral")]
    apart = {"referral": "11110000", "a": "00001111"}
    assert history(apart, "?" * 8, other) == []


def test_a_sign_is_wrong_only_where_the_whole_interval_says_so():
    columns = {"referral": "1" * 40 + "0" * 40}
    clearly = "1" * 2 + "0" * 38 + "1" * 20 + "0" * 20
    hardly = "1" * 9 + "0" * 31 + "1" * 11 + "0" * 29
    assert history(columns, clearly) == [("warning", "wrong-sign", "referral")]
    assert history(columns, hardly) == []
    assert history(columns, "?" * 80) == []


def test_a_minus_on_leads_that_win_more_is_wrong_too():
    minus = [plain_grid()["rules"][1], rule("a", web(), points=-10), rule("b", web(), points=20)]
    made = grid(rules=minus)
    columns = {"a": "1" * 40 + "0" * 40}
    found = lint_history(
        made, seen(columns, "1" * 20 + "0" * 20 + "1" * 2 + "0" * 38), day=DAY, limits=LIMITS
    )  # fmt: skip
    assert checks(found) == [("warning", "wrong-sign", "a")]


def test_lift_is_the_ratio_of_the_win_rates():
    y = np.array([1.0, 1, 1, 0, 1, 0, 0, 0])
    holds = np.array([True] * 4 + [False] * 4)
    figure = lift(y, holds, cluster=np.arange(8), min_leads=4)
    assert figure.value == pytest.approx((3 / 4) / (1 / 4))
    # log 3 -+ 1.96 * sqrt(1/3 - 1/4 + 1/1 - 1/4), the usual interval of a ratio of two shares
    spread = 1.959964 * np.sqrt(1 / 3 - 1 / 4 + 1 - 1 / 4)
    assert (figure.low, figure.high) == pytest.approx((3 / np.exp(spread), 3 * np.exp(spread)))


def test_looks_at_the_same_leads_make_no_lift_surer():
    y = np.repeat([1.0, 1, 1, 0, 1, 0, 0, 0], 5)
    holds = np.repeat([True] * 4 + [False] * 4, 5)
    once = lift(y[::5], holds[::5], cluster=np.arange(8), min_leads=4)
    many = lift(y, holds, cluster=np.arange(40) // 5, min_leads=4)
    assert (many.low, many.high) == pytest.approx((once.low, once.high))


def test_too_few_leads_have_no_lift():
    figure = lift(
        np.array([1.0, 0, 0]), np.array([True, False, False]), cluster=[1, 2, 3], min_leads=2
    )
    assert np.isnan(figure.value)
    assert "too few" in figure.why_no_interval
