"""Other tools' scoring rules read from their public exports: HubSpot, Mautic and Zoho.

Each reader takes the JSON that the tool's own API gives and returns drafts and what it cannot say. The
names of properties and events are ours where they mean the same; others are kept and marked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from leadscore.scoring.grid.foreign import (
    CannotSayError,
    Draft,
    LeftOut,
    found,
    items_of,
    joined,
    maps_in,
    points_of,
    property_test,
)

DAY_SECONDS = 86_400
MOST_TIMES = 10
"""Times that a rule without a limit counts here; a CHECK stands beside it."""

_MAUTIC_EVENTS = {
    "asset.download": "download",
    "email.open": "email_opened",
    "email.send": "email_sent",
    "form.submit": "form_submitted",
    "page.hit": "page_view",
    "url.hit": "page_view",
}
_LISTED = {"assets": "assets", "emails": "e-mails", "forms": "forms", "pages": "pages"}


Rules = tuple[list[Draft], list[LeftOut]]


def mautic(raw: object) -> Rules:
    """Read Mautic's point actions, as ``GET /api/points`` gives them (and triggers, which are listed)."""
    drafts: list[Draft] = []
    left: list[LeftOut] = []
    for action in items_of(raw, "points", "point"):
        name = str(action.get("name") or action.get("type") or "rule")
        if not action.get("isPublished", True):
            left.append(LeftOut(name, "it is not published"))
            continue
        try:
            drafts.append(_mautic_action(name, action))
        except CannotSayError as why:
            left.append(LeftOut(name, str(why)))
    has_triggers = isinstance(raw, Mapping) and bool({"triggers", "trigger"} & set(raw))
    for trigger in items_of(raw, "triggers", "trigger") if has_triggers else ():
        told = f"a trigger at {trigger.get('points')} points acts and gives none; set `bands` by it"
        left.append(LeftOut(str(trigger.get("name", "trigger")), told))
    return drafts, left


def hubspot(raw: object) -> Rules:
    """Read HubSpot's lead scores, as its lead scoring API gives a score's configuration."""
    drafts: list[Draft] = []
    left: list[LeftOut] = []
    for score in items_of(raw, "results", "score"):
        for group in maps_in(score.get("groupConfigs")):
            called = str(group.get("groupName") or score.get("name") or "group")
            most = group.get("maxValue")
            for n, rule in enumerate(maps_in(group.get("ruleConfigurations")), start=1):
                name = str(rule.get("name") or f"{called} {n}")
                if not rule.get("enabled", True):
                    left.append(LeftOut(name, "it is switched off"))
                    continue
                try:
                    draft = _hubspot_rule(name, rule)
                except CannotSayError as why:
                    left.append(LeftOut(name, str(why)))
                    continue
                limit = (called, float(most)) if isinstance(most, (int, float)) else None
                drafts.append(replace(draft, limit=limit))
    return drafts, left


def zoho(raw: object) -> Rules:
    """Read Zoho CRM's scoring rules, as ``GET /settings/automation/scoring_rules`` gives them."""
    drafts: list[Draft] = []
    left: list[LeftOut] = []
    for scoring in items_of(raw, "scoring_rules", "scoring_rule"):
        called = str(scoring.get("name", "scoring rule"))
        if not scoring.get("active", True):
            left.append(LeftOut(called, "it is not active"))
            continue
        for n, rule in enumerate(maps_in(scoring.get("field_rules")), start=1):
            try:
                when, checks = _zoho_criteria(rule.get("criteria"))
                points = points_of(rule.get("score"))
                drafts.append(Draft(f"{called} {n}", "fit", points, when, tuple(checks)))
            except CannotSayError as why:
                left.append(LeftOut(f"{called}, field rule {n}", str(why)))
        for rule in maps_in(scoring.get("signal_rules")):
            signal = rule.get("signal")
            space = str(signal.get("namespace") if isinstance(signal, Mapping) else signal)
            try:
                event = {"event": re.sub(r"[^a-z0-9]+", "_", space.casefold()).strip("_")}
                told = f"signal '{space}': write the event type your source has for it"
                drafts.append(
                    Draft(
                        f"{called} {space}",
                        "engagement",
                        points_of(rule.get("score")),
                        event,
                        (told,),
                    )
                )
            except CannotSayError as why:
                left.append(LeftOut(f"{called}, signal {space}", str(why)))
    return drafts, left


def _mautic_action(name: str, action: Mapping[str, Any]) -> Draft:
    kind, told = str(action.get("type")), action.get("properties")
    if kind not in _MAUTIC_EVENTS:
        raise CannotSayError(f"actions of type '{kind}' come from a plug-in")
    given: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    when: dict[str, Any] = {"event": _MAUTIC_EVENTS[kind]}
    checks: list[str] = []
    for key, words in _LISTED.items():
        if given.get(key):
            ids = ", ".join(map(str, given[key]))
            checks.append(f"only for {words} {ids}, whose names are not exported: add `subject`")
    if kind == "url.hit":
        when |= _mautic_url(given, checks)
    each_time = None
    if action.get("repeatable"):
        each_time = MOST_TIMES
        checks.append(f"given every time without a limit; here {MOST_TIMES} times at most")
    return Draft(
        name, "engagement", points_of(action.get("delta")), when, tuple(checks), each_time,
        from_=_day(action.get("publishUp")), until=_day(action.get("publishDown")),
    )  # fmt: skip


def _mautic_url(given: Mapping[str, Any], checks: list[str]) -> dict[str, Any]:
    if given.get("accumulative_time"):
        raise CannotSayError("it needs the time spent on a page, which no event tells")
    when: dict[str, Any] = {}
    pattern = str(given.get("page_url") or "")
    longest = max(pattern.split("*"), key=len)
    if longest:
        when["subject"] = longest
    if longest != pattern:
        checks.append(f"the address was '{pattern}'; `subject` is found anywhere in an address")
    if given.get("page_hits"):
        when["at_least"] = int(given["page_hits"])
    within, after = given.get("returns_within"), given.get("returns_after")
    if within or after:
        when["repeated_within_days"] = float(within) / DAY_SECONDS if within else 3650.0
        checks.append("a return counts from the visit before, not from the latest hit alone")
    if after:
        when["apart_minutes"] = float(after) / 60
    return when


def _hubspot_rule(name: str, rule: Mapping[str, Any]) -> Draft:
    told = rule.get("configuration")
    configuration: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    calculation = configuration.get("calculation")
    how: Mapping[str, Any] = calculation if isinstance(calculation, Mapping) else {}
    if how.get("type") != "CONSTANT":
        raise CannotSayError(f"its points are calculated ({how.get('type')}), no constant")
    branch = next(found("filterBranch", rule), None)
    if not isinstance(branch, Mapping):
        raise CannotSayError("the export holds no filter for it: write its condition by hand")
    checks: list[str] = []
    when = _hubspot_branch(branch, checks)
    checks.append("decay and frequency are not in the public export: set `decay` and `each_time`")
    return Draft(name, _group_of(when), points_of(how.get("value")), when, tuple(checks))


def _hubspot_branch(branch: Mapping[str, Any], checks: list[str]) -> dict[str, Any]:
    kind = branch.get("filterBranchType")
    if kind not in ("AND", "OR"):
        raise CannotSayError(f"filters of kind {kind} name events or records by inner numbers")
    parts = [_hubspot_filter(test, checks) for test in maps_in(branch.get("filters"))]
    parts += [_hubspot_branch(below, checks) for below in maps_in(branch.get("filterBranches"))]
    return joined("all" if kind == "AND" else "any", parts)


def _hubspot_filter(test: Mapping[str, Any], checks: list[str]) -> dict[str, Any]:
    kind = test.get("filterType")
    if kind == "PROPERTY":
        told = test.get("operation")
        operation: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
        value = operation.get("values", operation.get("value"))
        if operation.get("operator") == "IS_BETWEEN":
            value = [operation.get("lowerBound"), operation.get("upperBound")]
        if operation.get("includeObjectsWithNoValueSet"):
            checks.append(
                f"{test.get('property')}: records without a value passed too; `not` does so"
            )
        return property_test(
            str(test.get("property")), str(operation.get("operator")), value, checks
        )
    if "pruningRefineBy" in test:
        raise CannotSayError("it looks at a stretch of time of its own: add `within_days` by hand")
    counted = test.get("coalescingRefineBy")
    times: Mapping[str, Any] = counted if isinstance(counted, Mapping) else {}
    least = {"at_least": int(times["minOccurrences"])} if times.get("minOccurrences") else {}
    if kind == "PAGE_VIEW" and str(test.get("operator")) in (
        "HAS_PAGEVIEW_EQ",
        "HAS_PAGEVIEW_CONTAINS",
    ):
        return {"event": "page_view", "subject": str(test.get("pageUrl")), **least}
    if kind == "FORM_SUBMISSION" and test.get("operator") == "FILLED_OUT":
        if test.get("formId"):
            checks.append(f"only form {test['formId']}, whose name is not exported: add `subject`")
        return {"event": "form_submitted", **least}
    events = {"OPENED": "email_opened", "LINK_CLICKED": "email_clicked", "BOUNCED": "bounce"}
    if kind == "EMAIL_EVENT" and test.get("operator") in events:
        checks.append(f"only e-mail {test.get('emailId')}: add `subject`")
        return {"event": events[str(test["operator"])], **least}
    raise CannotSayError(
        f"filter {kind} {test.get('operator', '')}".strip() + " has no counterpart"
    )


def _zoho_criteria(raw: object) -> tuple[dict[str, Any], list[str]]:
    checks: list[str] = []

    def said(criteria: object) -> dict[str, Any]:
        if not isinstance(criteria, Mapping):
            raise CannotSayError("it has no criteria")
        if criteria.get("group"):
            joint = "any" if str(criteria.get("group_operator")).casefold() == "or" else "all"
            return joined(joint, [said(part) for part in maps_in(criteria["group"])])
        told = criteria.get("field")
        name = told.get("api_name") if isinstance(told, Mapping) else told
        return property_test(
            str(name), str(criteria.get("comparator")), criteria.get("value"), checks
        )

    return said(raw), checks


def _group_of(when: Mapping[str, Any]) -> str:
    return "engagement" if next(found("event", when), None) is not None else "fit"


def _day(value: object) -> str | None:
    try:
        return None if not value else datetime.fromisoformat(str(value)).date().isoformat()
    except ValueError:
        return None
