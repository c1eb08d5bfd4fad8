"""Counterfactuals on a planted grid, where every score can be counted by hand.

The grid of `fakes`: a referral +30, a demo request +40. Its scorer has log-odds (points - 40) / 20 and score 50 for
even odds, so a score is ``50 + 10 * log2(e) * (points - 40) / 20``.
"""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.errors import LeadscoreError
from leadscore.domain.explain_settings import ExplainSettings
from leadscore.history.log import EventTable
from leadscore.scoring.counterfactuals import OneLead, what_ifs
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.nightly import open_looks
from leadscore.scoring.steps import Step, event_steps, property_steps
from leadscore.scoring.view import Sources
from tests import fakes
from tests.one_lead import alone, known, scored_after

AS_OF = fakes.utc("2026-03-01 12:00:00")
LABELS = {
    "demo_request": "Demo requested",
    "webinar": "Webinar attended",
    "unsubscribe": "Unsubscribed",
}
SAID = {"owner": "test", "reason": "a test"}
SETTINGS = fakes.settings(threads=1)


def points_to_score(points):
    return round(50 + 10 * math.log2(math.e) * (points - 40) / 20, 1)


def rule(name, points, when, group="engagement", **more):
    words = {"en": name, "fr": name}
    return {
        "id": name,
        "words": words,
        "group": group,
        "points": points,
        "when": when,
        **SAID,
        **more,
    }


def scorer(*rules):
    """Return the fakes' scorer, with more rules in its grid."""
    plain = fakes.plain_grid()
    plain["rules"] += rules
    return replace(fakes.scorer_by_grid(), grid=parse_grid(plain, file="tiny.yaml"))


def sources(
    leads, events="lead_id | occurred_at | type\nz | 2026-02-01 | webinar", *, changes=None, properties=None
):  # fmt: skip
    table = fakes.leads(leads)
    names = [n for n in table.columns if n not in ("lead_id", "created_at", "order", "row")]
    still_open = "lead_id | status | closed_at\n" + "\n".join(
        f"{i} | open |" for i in table["lead_id"]
    )
    made = fakes.events(events)
    return Sources(
        leads=table,
        outcomes=fakes.outcomes(still_open),
        events=EventTable(made),
        properties=properties
        or [fakes.category(n) if table[n].dtype != float else fakes.number(n) for n in names],
        event_labels=LABELS,
        engagement_types=("demo_request", "webinar"),
        changes=changes,
    )


ONE = "lead_id | created_at | channel\na | 2026-01-01 | {}"


def one_lead(whole, by, *, settings=SETTINGS, as_of=AS_OF):
    own = alone(whole, "a")
    look = open_looks(own, shape="events", as_of=as_of)
    return OneLead(by, own, look, settings, settings.thresholds.initial)


def told(whole, by, *, settings=SETTINGS, as_of=AS_OF):
    """Return what is told of lead a, after each figure was scored again apart from the code tested."""
    lead = one_lead(whole, by, settings=settings, as_of=as_of)
    steps = event_steps(LABELS, by.grid)
    steps += property_steps(
        known(lead.sources, lead.look, settings), whole.leads, whole.properties, settings
    )
    found = what_ifs(lead, steps)
    if whole.changes is None:
        for each in (*found.raising, *found.lowering):
            assert each.score == scored_after(by, lead.sources, each.steps, settings, as_of=as_of)
    return found


def names(moves):
    return [" + ".join(step.name for step in move.steps) for move in moves]


def test_a_demo_request_raises_by_exactly_the_points_of_its_rule():
    found = told(sources(ONE.format("ads")), scorer())
    (demo,) = found.raising
    assert (demo.score, demo.tier, demo.crosses) == (points_to_score(40), "warm", True)
    assert demo.points == round(points_to_score(40) - points_to_score(0), 1)
    assert found.lowering == ()
    assert found.tried == 3


def test_an_event_that_lowers_the_score_is_told_as_harm():
    by = scorer(rule("left", -40, {"event": "unsubscribe"}))
    whole = sources(
        ONE.format("referral"), "lead_id | occurred_at | type\na | 2026-02-01 | demo_request"
    )
    found = told(whole, by)
    assert found.raising == ()
    (harm,) = found.lowering
    assert names([harm]) == ["unsubscribe"]
    assert (harm.score, harm.tier, harm.crosses) == (points_to_score(30), "cold", True)


def test_even_the_lead_s_own_action_may_lower_its_score():
    by = scorer(rule("fair", -10, {"event": "webinar"}))
    found = told(sources(ONE.format("referral")), by)
    assert names(found.lowering) == ["webinar"]
    assert found.lowering[0].score == points_to_score(20)


def test_the_strongest_is_told_first_and_each_with_the_tier_it_reaches():
    by = scorer(rule("w", 20, {"event": "webinar"}), rule("u", 25, {"event": "unsubscribe"}))
    settings = fakes.settings(threads=1, thresholds={"initial": {"hot": 66.0, "warm": 44.0}})
    found = told(sources(ONE.format("referral")), by, settings=settings)
    assert names(found.raising) == ["demo_request", "unsubscribe", "webinar"]
    assert [each.tier for each in found.raising] == ["hot", "warm", "warm"]


def test_two_steps_are_tried_only_where_none_alone_reaches_the_next_tier():
    by = scorer(rule("twice", 40, {"event": "webinar", "at_least": 2}))
    far = fakes.settings(threads=1, thresholds={"initial": {"hot": 75.0, "warm": 60.0}})
    found = told(sources(ONE.format("ads")), by, settings=far)
    assert names(found.raising) == ["demo_request"]  # 50.0, below warm: no two steps reach it
    assert found.pairs_tried > 0
    near = told(sources(ONE.format("referral")), by, settings=far)
    assert names(near.raising)[0] == "demo_request"
    assert near.raising[0].score == points_to_score(70)
    assert near.pairs_tried == 0


def test_an_event_happening_twice_is_one_of_the_pairs():
    by = scorer(rule("twice", 60, {"event": "webinar", "at_least": 2}))
    far = fakes.settings(threads=1, thresholds={"initial": {"hot": 75.0, "warm": 60.0}})
    found = told(sources(ONE.format("ads")), by, settings=far)
    assert names(found.raising)[0] == "webinar + webinar"
    assert found.raising[0].score == points_to_score(60)
    assert found.raising[0].crosses


def test_small_moves_are_not_told():
    by = scorer(rule("little", 1, {"event": "webinar"}))  # 0.7 score points
    assert names(told(sources(ONE.format("ads")), by).raising) == ["demo_request"]


def test_at_most_so_many_are_told_as_the_setting_says():
    by = scorer(rule("w", 10, {"event": "webinar"}), rule("u", 20, {"event": "unsubscribe"}))
    one = fakes.settings(threads=1, explain={"shown": 1})
    assert names(told(sources(ONE.format("ads")), by, settings=one).raising) == ["demo_request"]


TITLED = "lead_id | created_at | channel | job_title\na | 2026-01-01 | ads | \n" + "\n".join(
    f"b{i:02d} | 2026-01-01 | ads | {title}"
    for i, title in enumerate(
        ["Sales Director"] * 20 + ["Head of Sales"] * 25 + ["Zoo Director"] * 3
    )
)
DIRECTOR = rule("boss", 30, {"property": "seniority", "in": ["c_level", "director"]}, "fit")


def test_a_missing_property_can_become_known_by_the_most_frequent_value_of_its_class():
    found = told(sources(TITLED), scorer(DIRECTOR))
    assert names(found.raising) == ["demo_request", "job_title"]
    (step,) = found.raising[1].steps
    assert (step.value, step.told) == ("Head of Sales", "Head of Sales")
    assert found.raising[1].score == points_to_score(30)


def test_a_value_that_few_leads_have_is_not_shown():
    few = "\n".join(line for line in TITLED.splitlines() if "Sales" not in line)
    assert names(told(sources(few), scorer(DIRECTOR)).raising) == ["demo_request"]


def test_a_property_that_is_known_stays_unless_it_is_declared_changeable():
    given = TITLED.replace("a | 2026-01-01 | ads | ", "a | 2026-01-01 | ads | Sales Clerk", 1)
    assert names(told(sources(given), scorer(DIRECTOR)).raising) == ["demo_request"]
    free = fakes.settings(threads=1, explain={"changeable": ["job_title"]})
    assert "job_title" in names(told(sources(given), scorer(DIRECTOR), settings=free).raising)


def test_nothing_is_tried_that_is_not_declared():
    unknown = TITLED.replace("job_title", "segment")
    by = scorer(rule("s", 30, {"property": "segment", "equals": "Head of Sales"}, "fit"))
    assert names(told(sources(unknown), by).raising) == ["demo_request"]


@pytest.mark.parametrize("name", ["country", "channel", "industry", "sector"])
@pytest.mark.parametrize("block", ["knowable", "changeable"])
def test_where_a_lead_came_from_can_never_be_declared_a_step(name, block):
    with pytest.raises(ValueError, match=f"{name}: neither knowable nor changeable"):
        fakes.settings(explain={block: [name]})


def test_an_excluded_property_is_no_step():
    whole = sources(
        TITLED,
        properties=[fakes.category("channel"), fakes.category("job_title", excluded="a leak")],
    )
    lead = one_lead(whole, fakes.scorer_by_grid())
    now = known(lead.sources, lead.look, SETTINGS)
    assert property_steps(now, whole.leads, whole.properties, SETTINGS) == []


def test_a_number_is_tried_at_the_quartiles_of_the_leads():
    table = "lead_id | created_at | channel | employees\na | 2026-01-01 | ads | \n" + "\n".join(
        f"b{i:02d} | 2026-01-01 | ads | {i}" for i in range(1, 42)
    )
    whole = sources(table)
    lead = one_lead(whole, fakes.scorer_by_grid())
    steps = property_steps(
        known(lead.sources, lead.look, SETTINGS), whole.leads, whole.properties, SETTINGS
    )
    assert [(step.value, step.told) for step in steps] == [(11.0, "11"), (21.0, "21"), (31.0, "31")]


def test_of_a_mail_domain_its_class_is_told_and_nobody_s_domain():
    domains = [f"firm{i}.example" for i in range(30)] + ["gmail.com"] * 25
    table = "lead_id | created_at | channel | email_domain\na | 2026-01-01 | ads | \n" + "\n".join(
        f"b{i:02d} | 2026-01-01 | ads | {domain}" for i, domain in enumerate(domains)
    )
    whole = sources(table)
    lead = one_lead(whole, fakes.scorer_by_grid())
    steps = property_steps(
        known(lead.sources, lead.look, SETTINGS), whole.leads, whole.properties, SETTINGS
    )
    assert [step.told for step in steps] == ["consumer", "professional"]


def test_a_property_with_a_history_is_changed_in_its_history():
    changes = pd.DataFrame(
        {
            "lead_id": pd.Series(["b"], dtype="str"), "property": pd.Series(["stage"], dtype="str"),
            "value": pd.Series(["new"], dtype="str"),
            "known_from": pd.Series([AS_OF]).dt.as_unit("us"),
        }
    )  # fmt: skip
    whole = sources(
        "lead_id | created_at | channel | stage\na | 2026-01-01 | ads | \nb | 2026-01-01 | ads | demo",
        changes=changes, properties=[fakes.category("channel"), fakes.category("stage", known="history")],
    )  # fmt: skip
    by = scorer(rule("s", 30, {"property": "stage", "equals": "demo"}, "fit"))
    lead = one_lead(whole, by)
    step = Step("property", "stage", "Stage", "demo", "demo")
    assert lead.scores([(), (step,)]).tolist() == [points_to_score(0), points_to_score(30)]


def test_events_after_the_moment_change_nothing():
    late = "lead_id | occurred_at | type\na | 2026-03-02 | demo_request"
    now, then = (
        told(sources(ONE.format("ads")), scorer()),
        told(sources(ONE.format("ads"), late), scorer()),
    )
    assert now == then


def test_a_click_counts_though_it_is_known_only_once_it_has_settled():
    by = scorer(rule("c", 40, {"event": "email_clicked"}))
    clicked = LABELS | {"email_clicked": "E-mail clicked"}
    lead = one_lead(replace(sources(ONE.format("ads")), event_labels=clicked), by)
    click = Step("event", "email_clicked", "E-mail clicked")
    assert SETTINGS.bots.settle_seconds > 0
    assert lead.scores([(click,)]).tolist() == [points_to_score(40)]


def test_a_subject_that_a_rule_asks_for_is_a_step_of_its_own():
    by = scorer(rule("p", 40, {"event": "webinar", "subject": "prices"}))
    found = told(sources(ONE.format("ads")), by)
    (step,) = next(each.steps for each in found.raising if each.steps[0].name == "webinar")
    assert (step.told, step.value) == ("prices", "prices")


def test_event_types_that_end_a_lead_are_no_steps():
    steps = event_steps(LABELS, fakes.grid(), without=["demo_request"])
    assert [step.name for step in steps] == ["webinar", "unsubscribe"]


def test_no_event_helps_a_disqualified_lead():
    found = told(sources(ONE.format("spam")), scorer())
    assert (found.raising, found.lowering) == ((), ())


def test_by_the_base_rate_nothing_is_tried():
    by = replace(scorer(), opinion="base_rate")
    assert told(sources(ONE.format("ads")), by).tried == 0


def test_a_lead_without_any_event_gets_its_first():
    lead = one_lead(sources(ONE.format("ads")), scorer())
    assert len(lead.sources.events.events) == 0
    demo = Step("event", "demo_request", "Demo requested")
    assert lead.scores([(demo,), ()]).tolist() == [points_to_score(40), points_to_score(0)]


def test_changes_are_scored_apart_from_each_other():
    """Forty changes at once give what each gives alone: none sees another's events."""
    lead = one_lead(sources(TITLED), scorer(DIRECTOR))
    demo, clerk = (
        Step("event", "demo_request", "D"),
        Step("property", "job_title", "J", "Head of Sales"),
    )
    changes = [(), (demo,), (clerk,), (demo, clerk)] * 10
    assert lead.scores(changes).tolist() == [lead.scores([each])[0] for each in changes]


def test_settings_of_explain_refuse_what_is_impossible():
    plain = SETTINGS.explain.model_dump()
    for key, value in (("shown", 0), ("min_points", 0.0), ("similar_points", -1.0), ("moments", 0)):
        with pytest.raises((ValueError, LeadscoreError)):
            ExplainSettings.model_validate({**plain, key: value})


def test_score_is_that_of_the_look_itself():
    assert one_lead(sources(ONE.format("referral")), scorer()).score() == points_to_score(30)
    assert np.isfinite(points_to_score(30))
