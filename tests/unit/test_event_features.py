"""Declared features of events: what a line may say, which columns it makes, how they are called."""

import pytest
from pydantic import ValidationError

from leadscore.adapters.config.params import load_settings
from leadscore.domain.errors import InputError
from leadscore.domain.event_features import EventChoice, EventFeature
from leadscore.history.event_features import columns_of, computed
from leadscore.history.kernel import Selection, Sweep
from tests.fakes import ROOT
from tests.tables import log_and_moments

LABELS = {"page_view": "Page viewed", "email_sent": "E-mail sent", "demo": "Demo asked for"}
OWN = ("page_view", "demo")
PRICING = {"name": "pricing", "label": "Pricing page", "types": "page_view", "subject": "pric"}


def columns(*lines, engagement=OWN):
    declared = [EventFeature.model_validate(line) for line in lines]
    return columns_of(declared, labels=LABELS, engagement=engagement)


def names(*lines, **more):
    return [column.name for column in columns(*lines, **more)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"of": "any"}, "Field required"),
        ({"is": "count"}, "Field required"),
        ({"is": "counts", "of": "any"}, "'count', 'recency'"),
        ({"is": "count", "of": "Page View"}, "match pattern"),
        ({"is": "count", "of": 3}, "valid string"),
        ({"is": "count", "of": "any", "within_day": 7}, "Extra inputs"),
        ({"is": "count", "of": "any", "within_days": 0}, "greater than or equal to 0.001"),
        ({"is": "count", "of": "any", "within_days": [7, -1]}, "greater than or equal to 0.001"),
        ({"is": "count", "of": "any", "within_days": "7"}, "valid number"),
        ({"is": "count", "of": "any", "within_days": True}, "valid number"),
        ({"is": "decayed_sum", "of": "any"}, "`is: decayed_sum` needs half_life_days"),
        ({"is": "sessions", "of": "any"}, "`is: sessions` needs apart_minutes"),
        ({"is": "returns", "of": "any"}, "`is: returns` needs gap_days"),
        ({"is": "trend", "of": "any"}, "`is: trend` needs within_days"),
        ({"is": "ratio", "of": "any"}, "`is: ratio` needs per"),
        ({"is": "co_occurrence", "of": "any"}, "needs beside, within_hours"),
        ({"is": "recency", "of": "any", "within_days": 7}, "`is: recency` takes no within_days"),
        ({"is": "count", "of": "any", "per": "demo"}, "`is: count` takes no per"),
        (
            {"is": "count", "of": "any", "gap_days": 1, "apart_minutes": 5},
            "takes no apart_minutes, gap_days",
        ),
        ({"is": "ratio", "of": "each", "per": "demo"}, "one kind of event in `of`, not `each`"),
        ({"is": "ratio", "of": "demo", "per": "each"}, "with one kind of event, not `each`"),
        ({"is": "ratio", "of": "demo", "per": "demo"}, "compares `of` with itself"),
        ({"is": "ratio", "of": PRICING, "per": PRICING}, "compares `of` with itself"),
        ({"is": "count", "of": {"name": "a", "label": "A"}}, "needs `types`, `subject` or both"),
        ({"is": "count", "of": {"name": "a", "types": "x"}}, "Field required"),
        ({"is": "count", "of": {**PRICING, "typs": "x"}}, "Extra inputs"),
        ({"is": "count", "of": {**PRICING, "types": []}}, "at least 1 item"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused(line, said):
    with pytest.raises(ValidationError, match=said):
        EventFeature.model_validate(line)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{is: counts, of: any}", "events.0.is: must be one of 'count'"),
        ("{is: counts, of: any}", "got 'counts'; did you mean 'count'?"),
        ("{is: count, of: any, within_day: 7}", "unknown key; did you mean 'within_days'?"),
        ("{is: returns, of: any}", "features.events.0: `is: returns` needs gap_days"),
        (
            "{is: count, of: {name: a, label: A, typs: x}}",
            "events.0.of.typs: unknown key; did you mean 'types'?",
        ),
        ("{is: count, of: No Good}", "events.0.of: must look like"),
    ],
)
def test_a_wrong_line_of_the_file_is_told_in_one_line_with_the_nearest_name(tmp_path, line, says):
    file = tmp_path / "profile.yaml"
    file.write_text(f"features:\n  events:\n    - {line}\n")
    with pytest.raises(InputError) as stop:
        load_settings(ROOT / "params.yaml", [file])
    assert says in str(stop.value)
    assert (stop.value.row, "\n" in str(stop.value)) == (3, False)


@pytest.mark.parametrize(
    "line",
    [
        {"is": "count", "of": "page_veiw"},
        {"is": "count", "of": {**PRICING, "types": ["demo", "page_veiw"]}},
        {"is": "ratio", "of": "demo", "per": "page_veiw"},
        {"is": "co_occurrence", "of": "demo", "beside": "page_veiw", "within_hours": 1},
    ],
)
def test_an_event_type_that_the_source_has_not_is_named_with_the_nearest(line):
    with pytest.raises(InputError, match=r"names 'page_veiw'.*did you mean 'page_view'\?") as stop:
        columns(line)
    assert stop.value.code == "unknown-event-type"
    assert str(stop.value).startswith("params.yaml:features.events ")


@pytest.mark.parametrize(
    "lines",
    [
        [{"is": "count", "of": "any", "within_days": [7, 7]}],
        [{"is": "recency", "of": "each"}, {"is": "recency", "of": "demo"}],
        [{"is": "recency", "of": "demo"}, {"is": "recency", "of": {**PRICING, "name": "demo"}}],
    ],
)
def test_two_lines_that_make_the_same_column_are_refused(lines):
    with pytest.raises(InputError, match="two lines make the column act_") as stop:
        columns(*lines)
    assert stop.value.code == "duplicate-feature"


def test_what_a_setting_changes_stands_in_the_name():
    """Two lengths of a visit are two columns, and so are two gaps and two neighbourhoods."""
    lines = [
        {"is": "sessions", "of": "any", "apart_minutes": 30, "within_days": 7},
        {"is": "sessions", "of": "any", "apart_minutes": 60, "within_days": 7},
        {"is": "returns", "of": "any", "gap_days": 3},
        {"is": "returns", "of": "any", "gap_days": 3, "apart_minutes": 30},
        {"is": "co_occurrence", "of": "any", "beside": "demo", "within_hours": 0.5},
        {"is": "co_occurrence", "of": "any", "beside": "demo", "within_hours": 2},
        {"is": "decayed_sum", "of": "any", "half_life_days": [7, 0.5]},
    ]
    assert names(*lines) == [
        "act_all_sessions_30m_7d",
        "act_all_sessions_60m_7d",
        "act_all_returns_3d_ever",
        "act_all_returns_3d_after_30m_ever",
        "act_all_beside_demo_0_5h_ever",
        "act_all_beside_demo_2h_ever",
        "act_all_decayed_7d",
        "act_all_decayed_0_5d",
    ]


def test_a_line_about_each_type_makes_a_column_of_each():
    assert names({"is": "recency", "of": "each"}) == [
        "act_demo_recency_days",
        "act_email_sent_recency_days",
        "act_page_view_recency_days",
    ]


def test_a_source_without_engagement_has_no_columns_of_it_and_none_compared_with_it():
    lines = [
        {"is": "count", "of": "engagement"},
        {"is": "ratio", "of": "demo", "per": "engagement"},
        {"is": "count", "of": "demo"},
    ]
    assert names(*lines, engagement=()) == ["act_demo_count_ever"]


def test_columns_say_what_they_are_of_and_how_a_rep_reads_them():
    said = {
        column.name: (column.kind, column.words)
        for column in columns(
            {"is": "count", "of": "engagement", "within_days": 7},
            {"is": "count", "of": PRICING},
            {"is": "ratio", "of": "demo", "per": "email_sent", "within_days": 30},
            {"is": "trend", "of": "demo", "within_days": 7},
        )
    }
    assert said == {
        "act_any_count_7d": ("any", "Own actions: {value:.0f} in 7 days"),
        "act_pricing_count_ever": ("pricing", "Pricing page: {value:.0f} so far"),
        "act_demo_per_email_sent_30d": ("demo", "Demo asked for: {value:.0%} of E-mail sent in 30 days"),
        "act_demo_trend_7d": ("demo", "Demo asked for: {value:+.0f} in 7 days against the 7 before"),
    }  # fmt: skip


def test_columns_of_one_selection_stand_together_and_share_one_chain():
    asked = columns(
        {"is": "count", "of": "demo"}, {"is": "count", "of": "any"}, {"is": "recency", "of": "demo"}
    )
    assert [column.selection for column in asked] == [
        Selection(("demo",)), Selection(("demo",)), Selection(),
    ]  # fmt: skip
    built = []

    class Watched(Sweep):
        def chain(self, selection):
            built.append(selection)
            return super().chain(selection)

    sweep = Watched(*log_and_moments([("a", "2026-01-01", "demo")], [("a", "2026-01-03")]))
    assert [values.tolist() for _, values in computed(asked, sweep)] == [[1], [2], [1]]
    assert len(built) == 2


def test_a_choice_takes_one_type_or_a_list():
    one = EventChoice(name="a", label="A", types="demo")
    assert one.types == EventChoice(name="a", label="A", types=["demo"]).types == ["demo"]
