"""Other tools' rules as a grid: what can be said is said, all else is listed with the reason."""

from datetime import date

import pytest

from leadscore.adapters.config.grids import read_grid
from leadscore.adapters.grid_imports import imported, write_grid
from leadscore.domain.errors import InputError
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.grid.importing import as_yaml, import_rules, newest_day


def action(name="Opens", kind="email.open", **more):
    return {"name": name, "type": kind, "delta": 10, "isPublished": True, **more}


def prop(name="industry", operator="IS_ANY_OF", **more):
    operation = {"operator": operator, **(more or {"values": ["Software"]})}
    return {"filterType": "PROPERTY", "property": name, "operation": operation}


def hubspot_rule(*filters, points=15, kind="CONSTANT", joint="AND", **more):
    branch = {"filterBranchType": joint, "filters": list(filters)}
    calculation = {"type": kind, "value": points}
    return {
        "enabled": True,
        "configuration": {"calculation": calculation, "filterBranch": branch},
        **more,
    }


def hubspot(*rules, **more):
    group = {"groupName": "Fit", "ruleConfigurations": list(rules), **more}
    return {"name": "Score", "groupConfigs": [group]}


def field(name="Industry", comparator="equal", value="Software"):
    return {"comparator": comparator, "field": {"api_name": name}, "value": value}


def zoho(*criteria, **more):
    rules = [{"score": 20, "criteria": c} for c in criteria]
    return {"scoring_rules": [{"name": "Leads", "active": True, "field_rules": rules, **more}]}


def read(raw, tool):
    return import_rules(raw, tool=tool, name=tool, version=date(2026, 1, 1), file="export.json")


def conditions(raw, tool):
    plain = read(raw, tool).plain
    parse_grid(plain, file="export.json")
    return [rule["when"] for rule in plain["rules"]]


@pytest.mark.parametrize(
    ("given", "when"),
    [
        (action(), {"event": "email_opened"}),
        (action(kind="asset.download"), {"event": "download"}),
        (
            action(kind="url.hit", properties={"page_url": "*/pricing*", "page_hits": 2}),
            {"event": "page_view", "subject": "/pricing", "at_least": 2},
        ),
        (
            action(kind="url.hit", properties={"page_url": "/a", "returns_within": 172_800}),
            {"event": "page_view", "subject": "/a", "repeated_within_days": 2.0},
        ),
    ],
)
def test_mautic_actions_become_events(given, when):
    assert conditions({"points": [given]}, "mautic") == [when]


def test_mautic_points_by_number_and_alone_are_read_too():
    assert conditions({"points": {"7": action()}}, "mautic") == [{"event": "email_opened"}]
    assert conditions({"point": action()}, "mautic") == [{"event": "email_opened"}]


def test_mautic_dates_and_repetition_are_kept():
    more = {"repeatable": True, "publishUp": "2026-02-01T00:00:00+00:00"}
    (rule,) = read({"points": [action(**more)]}, "mautic").plain["rules"]
    assert (rule["from"], rule["each_time"]) == ("2026-02-01", {"max": 10})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (action("Off", isPublished=False), "not published"),
        (action("Plug", "plugin.event"), "plug-in"),
        (action("Long", "url.hit", properties={"accumulative_time": 60}), "time spent on a page"),
        (action("Nil", delta=0), "0 points"),
        (action("Odd", delta="10"), "no number"),
    ],
)
def test_what_mautic_says_and_a_grid_cannot_is_listed(given, why):
    left = read({"points": [action(), given]}, "mautic").left_out
    assert [(entry.name, why in entry.why) for entry in left] == [(given["name"], True)]


def test_triggers_are_no_rules_and_are_listed():
    raw = {"points": [action()], "triggers": [{"name": "Hot", "points": 50}]}
    assert [entry.name for entry in read(raw, "mautic").left_out] == ["Hot"]


@pytest.mark.parametrize(
    ("test", "when"),
    [
        (prop(), {"property": "industry", "in": ["Software"]}),
        (prop("jobtitle", "CONTAINS", value="CEO"), {"property": "job_title", "matches": "CEO"}),
        (
            prop("numemployees", "IS_GREATER_THAN_OR_EQUAL_TO", value=50),
            {"property": "employees", "at_least": 50},
        ),
        (
            prop("numemployees", "IS_BETWEEN", lowerBound=50, upperBound=500),
            {"property": "employees", "between": [50, 500]},
        ),
        (prop("country", "IS_UNKNOWN", value=None), {"property": "country", "missing": True}),
        (
            prop("industry", "IS_NONE_OF", values=["Retail"]),
            {"not": {"property": "industry", "in": ["Retail"]}},
        ),
        (
            {"filterType": "PAGE_VIEW", "operator": "HAS_PAGEVIEW_CONTAINS", "pageUrl": "/prices"},
            {"event": "page_view", "subject": "/prices"},
        ),
    ],
)
def test_hubspot_filters_become_tests(test, when):
    assert conditions(hubspot(hubspot_rule(test)), "hubspot") == [when]


def test_hubspot_branches_become_all_and_any():
    (when,) = conditions(hubspot(hubspot_rule(prop(), prop("country"), joint="OR")), "hubspot")
    assert [part["property"] for part in when["any"]] == ["industry", "country"]


def test_the_limit_of_a_hubspot_group_is_kept():
    raw = hubspot(hubspot_rule(prop()), hubspot_rule(prop("country")), maxValue=20)
    assert read(raw, "hubspot").plain["limits"] == [{"rules": ["fit_1", "fit_2"], "points": 20}]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (hubspot_rule(prop(), kind="DECAY"), "calculated"),
        (hubspot_rule({"filterType": "CTA"}), "no counterpart"),
        (hubspot_rule(prop("industry", "HAS_EVER_BEEN")), "no counterpart"),
        (hubspot_rule(prop("size", "IS_BETWEEN", lowerBound=1, upperBound=None)), "not in the export"),
        (hubspot_rule(prop(), joint="UNIFIED_EVENTS"), "inner numbers"),
        ({"configuration": {"calculation": {"type": "CONSTANT", "value": 5}}}, "no filter"),
        (hubspot_rule(prop(), enabled=False), "switched off"),
    ],
)  # fmt: skip
def test_what_hubspot_says_and_a_grid_cannot_is_listed(rule, why):
    (left,) = read(hubspot(hubspot_rule(prop()), rule), "hubspot").left_out
    assert why in left.why


def test_zoho_criteria_become_tests_and_signals_events():
    both = {
        "group_operator": "and",
        "group": [field(), field("No_of_Employees", "greater_than", "50")],
    }
    signals = [{"score": 5, "signal": {"namespace": "Email_Opened"}}]
    raw = zoho(both, field(value="${EMPTY}"), signal_rules=signals)
    assert conditions(raw, "zoho") == [
        {"all": [{"property": "industry", "in": ["Software"]}, {"property": "employees", "above": 50}]},
        {"property": "industry", "missing": True},
        {"event": "email_opened"},
    ]  # fmt: skip


def test_a_person_is_told_where_to_look():
    draft = read(zoho(field("Budget__c", "not_equal", "none")), "zoho")
    (said,) = [checks for id_, checks in draft.checks.items() if id_ != "bands"]
    assert "property 'Budget__c'" in " ".join(said)
    assert "not known" in " ".join(said)


@pytest.mark.parametrize("raw", [{}, [], {"points": []}, {"points": [action(delta=0)]}, "x", None])
def test_an_export_without_rules_is_refused(raw):
    with pytest.raises(InputError, match="no-rules"):
        read(raw, "mautic")


def test_the_newest_change_is_the_version():
    raw = {"points": [{"dateAdded": "2025-01-01T00:00:00+00:00"}, {"dateModified": "2025-03-04"}]}
    assert newest_day(raw) == date(2025, 3, 4)
    assert newest_day({"points": []}) is None


def test_the_text_written_is_a_grid_that_says_the_same(tmp_path):
    raw = {"points": [action('Öffnet: "x" # y\n'), action(kind="plugin.x")]}
    draft = read(raw, "mautic")
    path = tmp_path / "mautic.yaml"
    write_grid(path, as_yaml(draft))
    assert read_grid(path) == parse_grid(draft.plain, file=path)
    assert path.read_text("utf-8").count("# CHECK:") == 2
    assert "plug-in" in path.read_text("utf-8")
    with pytest.raises(InputError, match="file-exists"):
        write_grid(path, "")


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", "bad-json"), ('{"points": []}', "no-version"), (None, "missing-file")],
)
def test_a_file_that_is_no_export_is_refused(tmp_path, text, code):
    path = tmp_path / "export.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=code):
        imported(path, "mautic", name=None, version=None)
