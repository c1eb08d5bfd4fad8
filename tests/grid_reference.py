"""What a grid's words mean, in plain Python: slow, obvious, one lead and one look at a time.

It reads the grid as it is written (maps and lists), not as it is typed. Times are epoch seconds; an
age in days is the seconds since, over 86,400. Nothing here may be clever: this is what the evaluation
is held against.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.kernel_reference import DAY, chosen, in_order

PASSIVE = {"email_sent", "call", "bounce", "unsubscribe"}


@dataclass(frozen=True)
class Look:
    """A lead at a moment: its properties (None: missing), its events so far, its age."""

    as_of: int
    created: int
    properties: dict
    events: list = field(default_factory=list)

    def ages(self, events):
        """Return the ages in days of those events that have happened, the youngest first."""
        return sorted((self.as_of - e.time) / DAY for e in events if e.time <= self.as_of)

    @property
    def silent_days(self):
        """Return days since the lead did something itself, at most since it was created."""
        did = [e for e in self.events if e.type not in PASSIVE]
        return min([*self.ages(did), (self.as_of - self.created) / DAY])


def score(grid, look):
    """Return the points of each rule, the two group sums and the total."""
    trace = {rule["id"]: rule_points(rule, look) for rule in grid["rules"]}
    groups = {g: group_sum(grid, g, trace) for g in ("fit", "engagement")}
    return trace, groups, min(max(sum(groups.values()), 0), 100)


def group_sum(grid, group, trace):
    mine = {rule["id"]: trace[rule["id"]] for rule in grid["rules"] if rule["group"] == group}
    total = sum(mine.values())
    for limit in grid.get("limits", []):
        together = sum(mine.get(name, 0) for name in limit["rules"])
        total -= max(0, together - limit["points"])
    floor = grid.get("floors", {}).get(group, -math.inf)
    return min(max(total, floor), grid.get("caps", {}).get(group, math.inf))


def rule_points(rule, look):
    day = datetime.fromtimestamp(look.as_of, UTC).date().isoformat()
    if not rule.get("from", "0000") <= day < rule.get("until", "9999"):
        return 0.0
    if not holds(rule["when"], look):
        return 0.0
    decay, each = rule.get("decay", {"kind": "none"}), rule.get("each_time")
    if each is None:
        return rule["points"] * left(decay, latest(rule["when"], look), look)
    parts = rule["when"].get("all", [rule["when"]])
    (event,) = [part for part in parts if "event" in part]
    found = ages_of(event, look)
    if decay["kind"] in ("half_life", "staircase"):
        times = sum(left(decay, age, look) for age in found)
        return rule["points"] * min(times, each["max"])
    times = min(len(found) // event.get("at_least", 1), each["max"])
    return rule["points"] * times * left(decay, latest(rule["when"], look), look)


def left(decay, age, look):
    kind = decay["kind"]
    if kind == "none":
        return 1.0
    if kind == "inactivity":
        return float(look.silent_days < decay["days"])
    if age is None:
        return 1.0
    if kind == "linear":
        return max(0.0, 1 - age / decay["days"])
    if kind == "half_life":
        return 0.5 ** (age / decay["days"])
    if kind == "step":
        return float(age < decay["days"])
    return max(0.0, 1 - math.floor(age / decay["days"]) * decay["loses"] / 100)


def latest(when, look):
    """Return the age of the youngest event that makes the condition hold; None without one."""
    if "all" in when or "any" in when:
        parts = when["all"] if "all" in when else when["any"]
        ages = [latest(part, look) for part in parts if holds(part, look)]
        return min((age for age in ages if age is not None), default=None)
    if "event" in when and "before_days" not in when and holds(when, look):
        return min(look.ages(matching(when, look)))
    return None


def holds(when, look):
    if "all" in when:
        return all(holds(part, look) for part in when["all"])
    if "any" in when:
        return any(holds(part, look) for part in when["any"])
    if "not" in when:
        return not holds(when["not"], look)
    if "inactive_days" in when:
        if "events" not in when:
            return look.silent_days >= when["inactive_days"]
        named = [e for e in look.events if e.type in listed(when["events"])]
        return min([*look.ages(named), (look.as_of - look.created) / DAY]) >= when["inactive_days"]
    if "event" in when:
        return when.get("at_least", 1) <= len(ages_of(when, look)) <= when.get("at_most", math.inf)
    return property_holds(when, look.properties[when["property"]])


def ages_of(test, look):
    """Return the ages of the events an event test counts."""
    near, far = test.get("before_days", 0), test.get("within_days", math.inf)
    return [age for age in look.ages(matching(test, look)) if near <= age < far]


def matching(test, look):
    """Return the events an event test speaks of, whatever their age."""
    found = in_order(chosen(look.events, types=listed(test["event"]), subject=test.get("subject")))
    if "repeated_within_days" not in test:
        return found
    longest, shortest = test["repeated_within_days"] * DAY, test.get("apart_minutes", 0) * 60
    return [
        event
        for before, event in zip(found, found[1:], strict=False)
        if shortest <= event.time - before.time <= longest
    ]


def property_holds(test, value):
    if "missing" in test:
        return (value is None) == test["missing"]
    if value is None:
        return False
    text = str(value).casefold()
    tests = {
        "equals": lambda asked: value == asked or text == str(asked).casefold(),
        "in": lambda asked: any(value == a or text == str(a).casefold() for a in asked),
        "between": lambda asked: asked[0] <= value <= asked[1],
        "matches": lambda asked: asked.casefold() in text,
        "starts_with": lambda asked: text.startswith(tuple(a.casefold() for a in listed(asked))),
        "ends_with": lambda asked: text.endswith(tuple(a.casefold() for a in listed(asked))),
        "at_least": lambda asked: value >= asked,
        "at_most": lambda asked: value <= asked,
        "above": lambda asked: value > asked,
        "below": lambda asked: value < asked,
    }
    ((kind, asked),) = ((key, test[key]) for key in test if key != "property")
    return tests[kind](asked)


def listed(one_or_more):
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more
