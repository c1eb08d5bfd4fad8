"""Write docs/grid.md: what a manual grid can say, with examples that are parsed and evaluated.

Keys come from the types, prose and examples from scripts/grid_page, points from the evaluation.
`--check` only compares.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.domain.conditions import EventTest, InactiveTest, PropertyTest
from leadscore.domain.errors import InputError
from leadscore.domain.rules import Decay, Grid, Rule
from leadscore.domain.strict import Strict
from leadscore.history.demographics import derive
from leadscore.history.kernel import Sweep
from leadscore.history.log import EventLog, Moments
from leadscore.scoring.grid import GridScore, evaluate, parse_grid

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/grid.md"
PARTS = ROOT / "scripts/grid_page"
BLOCK = re.compile(r"^```yaml\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(\{[^`]*\})`")

LEAD: dict[str, Any] = {
    "job_title": "Head of Sales",
    "industry": "Software",
    "country": "FR",
    "email_domain": "firm.example",
    "employees": 120.0,
    "budget_eur": None,
}
CREATED, DAY = "2026-01-01", "2026-03-01"
EVENTS = (
    ("2026-01-05", "page_view", "/blog"),
    ("2026-01-20", "pricing_view", "/pricing"),
    ("2026-01-21", "page_view", "/product"),
    ("2026-02-09", "download", "White paper"),
    ("2026-02-27", "email_sent", "Newsletter"),
)

KEYS: dict[type[Strict], dict[str, str]] = {
    Grid: {
        "grid": "name of the grid",
        "version": "the day it takes this form; a change of content needs a later one",
        "owner": "who answers for it",
        "description": "what it is, in a line",
        "excerpt": "why hot is out of reach (an example, not a full grid); only then",
        "serves": "a condition on properties: whom the grid is for; without it everybody",
        "bands": "`hot` and `warm`: points from which; `levels`: names of your own for stretches of points",
        "caps": "most points a group can add: `fit`, `engagement`",
        "floors": "fewest points a group can add: `fit`, `engagement`, 0 or less",
        "limits": "list of `rules` (ids of one group) and the most `points` they give together",
        "cells": "group points from which fit is `A`, `B` and engagement `1`, `2`",
        "disqualifiers": "criteria that take a lead out, whatever else it does",
        "rules": "criteria that give or take points",
    },
    Rule: {
        "id": "its name: lower case, digits, `_`; never used again for another rule",
        "words": "how people read it: `en`, `fr`",
        "group": "`fit` (who the lead is) or `engagement` (what it does)",
        "points": "whole number, -100 to 100, not 0",
        "when": "the condition",
        "each_time": "`max`: points for every matching event (every `at_least` of them), so often at most",
        "decay": "how the points fade",
        "from": "first day it holds (UTC)",
        "until": "first day it holds no more; a rule is ended, never deleted",
        "owner": "who answers for it",
        "reason": "why it is there",
        "reference": "where it comes from",
    },
    PropertyTest: {
        "property": "a property of the source's mapping, or one derived from it",
        "equals": "this text, number, or true/false",
        "in": "one of these",
        "between": "from the first to the second number, both included",
        "matches": "a text found anywhere, or a list of which one is found as whole words",
        "starts_with": "a text, or a list of which one fits",
        "ends_with": "a text, or a list of which one fits",
        "missing": "`true`: there is no value; `false`: there is one",
        "at_least": "this number or more",
        "at_most": "this number or less",
        "above": "more than this number",
        "below": "less than this number",
    },
    EventTest: {
        "event": "a type of the source's mapping, or a list of them",
        "subject": "a text that the event's subject contains, whatever its case",
        "at_least": "so many of them (1)",
        "at_most": "so many of them, and no more",
        "within_days": "younger than this",
        "before_days": "this old or older",
        "repeated_within_days": "only events that follow the lead's previous one within so many days",
        "apart_minutes": "shorter pauses belong to one visit; for repeated_within_days",
    },
    InactiveTest: {
        "inactive_days": "no engagement for so many days, counted at most from the lead's creation",
        "events": "the types that end the silence, instead of all engagement",
    },
    Decay: {
        "kind": "`none`, `linear`, `half_life`, `step`, `staircase` or `inactivity`",
        "days": "linear: nothing is left after; half_life: half is left after; step: all of it until;"
        " staircase: between two steps; inactivity: silence after which nothing is left",
        "loses": "staircase: percent of the first points lost at every step, 5 to 100",
    },
}


def page() -> str:
    """Return the page."""
    parts = [path.read_text("utf-8").strip() for path in sorted(PARTS.glob("*.md"))]
    text = re.sub(r"<!-- keys of (\w+) -->", lambda found: _table_of(found[1]), "\n\n".join(parts))
    return BLOCK.sub(_with_points, text.replace("<!-- the lead -->", _the_lead())) + "\n"


def fragments(text: str) -> list[str]:
    """Return the YAML of a page: its blocks, and maps that stand as code in a line."""
    return [*BLOCK.findall(text), *INLINE.findall(BLOCK.sub("", text).replace("\\|", "|"))]


def grid_with(fragment: str) -> Grid:
    """Return the grid that a fragment is part of: a whole one, keys of one, or keys of a rule.

    Rules may lack what every rule has (id, words, owner, reason, group, points).
    """
    said = _read(fragment)
    if "grid" in said:
        return parse_grid(said, file="docs/grid.md")
    if set(said) & (set(KEYS[Rule]) - {"owner"}):
        said = {"rules": [said]}
    rules = [_rule(i, rule) for i, rule in enumerate(said.pop("rules", [{}]))]
    whole = {
        "grid": "of_the_page", "version": DAY, "owner": "docs", "description": "docs",
        "bands": {"hot": 1}, "cells": {"fit": {"A": 2, "B": 1}, "engagement": {"1": 2, "2": 1}},
    }  # fmt: skip
    plain = whole | said | {"rules": rules}
    if said.get("disqualifiers"):
        plain["disqualifiers"] = [_rule(i, d, "stop") for i, d in enumerate(said["disqualifiers"])]
    try:
        return parse_grid(plain, file="docs/grid.md")
    except InputError as error:
        if error.code != "unreachable-hot":
            raise
        return parse_grid(plain | {"excerpt": "a part"}, file="docs/grid.md")


def score_of_the_lead(grid: Grid) -> GridScore:
    """Return what a grid gives the page's lead on the page's day."""
    look = pd.DataFrame({"lead_id": pd.Series(["lead"], dtype="str"), "as_of": _times([DAY])})
    table = pd.DataFrame(
        {
            "lead_id": pd.Series(["lead"] * len(EVENTS), dtype="str"),
            "occurred_at": _times([day for day, _, _ in EVENTS]),
            "type": pd.Series([kind for _, kind, _ in EVENTS], dtype="str"),
            "subject": pd.Series([subject for _, _, subject in EVENTS], dtype="str"),
            "value": np.full(len(EVENTS), np.nan),
        }
    )
    log = EventLog.from_table(table, ["lead"])
    numbers = ("employees", "budget_eur")
    properties = pd.DataFrame(
        {
            name: pd.Series([value], dtype="float64" if name in numbers else "str")
            for name, value in LEAD.items()
        }
    )
    age = (look["as_of"] - _times([CREATED])) / pd.Timedelta(days=1)
    sweep = Sweep(log, Moments.from_table(look, log))
    return evaluate(grid, derive(properties).assign(age_days=age), sweep)


def _rule(number: int, said: dict[str, Any], name: str = "rule") -> dict[str, Any]:
    common = {
        "id": f"{name}_{number + 1}", "words": {"en": "r", "fr": "r"}, "owner": "docs", "reason": "docs",
        "when": {"property": "country", "missing": False},
    }  # fmt: skip
    if name == "rule":
        common |= {"group": "engagement", "points": 10}
    return common | said


def _read(fragment: str) -> dict[str, Any]:
    """Return a fragment as the strict reader of grid files reads it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fragment.yaml"
        path.write_text(fragment, encoding="utf-8")
        said = load_yaml(path)
    if not isinstance(said, dict):
        raise TypeError(f"a fragment of the page is no map: {fragment}")
    return said


def _with_points(found: re.Match[str]) -> str:
    """Add what the lead gets to a block that is part of a rule."""
    block = found[0]
    if "when" not in _read(found[1]):
        return block
    (points,) = score_of_the_lead(grid_with(found[1])).trace[0]
    return f"{block}\nThe lead gets {points + 0.0:.4g}.\n"


def _table_of(name: str) -> str:
    (model,) = [model for model in KEYS if model.__name__ == name]
    fields = [field.alias or key for key, field in model.model_fields.items()]
    if set(fields) != set(KEYS[model]):
        raise ValueError(f"{name} has the keys {fields}, described are {list(KEYS[model])}")
    lines = [f"| `{key}` | {told} |" for key, told in KEYS[model].items()]
    return "\n".join(["| key | what it is |", "|---|---|", *lines])


def _the_lead() -> str:
    known = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in LEAD.items()
        if value is not None
    )
    unknown = ", ".join(name for name, value in LEAD.items() if value is None)
    did = ", ".join(f"{day} `{kind}` {subject}" for day, kind, subject in EVENTS)
    return f"created on {CREATED}, looked at on {DAY}; {known}; {unknown} unknown. What happened: {did}."


def _times(days: list[str]) -> pd.Series:
    return pd.Series(pd.to_datetime(days, utc=True)).dt.as_unit("us")


def main() -> int:
    """Write the page, or with ``--check`` tell whether it is as it should be."""
    is_current = PAGE.is_file() and PAGE.read_text("utf-8") == page()
    if "--check" in sys.argv:
        print("docs/grid.md", "is current" if is_current else "is stale: make it anew")
        return int(not is_current)
    PAGE.write_text(page(), encoding="utf-8")
    print("docs/grid.md was current" if is_current else "docs/grid.md written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
