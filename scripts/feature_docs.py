"""Write docs/features.md: how features of events are declared, and what each primitive means.

Keys and columns come from the types, meanings and examples from tests/spec/primitives. `--check` only
compares.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from pydantic import BaseModel

from leadscore.domain.event_features import (
    MAY_HAVE,
    NEEDS,
    NO_WINDOW,
    EventChoice,
    EventFeature,
    Primitive,
)
from leadscore.history.event_features import EventColumn, columns_of
from leadscore.history.facts import Label, Language
from leadscore.history.features import Feature
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.reasons import ReasonWords

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/features.md"
SPEC = ROOT / "tests/spec/primitives"
LABELS = {"page_view": "Page viewed", "email_sent": "E-mail sent"}
FRENCH_LABELS = {"page_view": "Page vue", "email_sent": "E-mail envoyé"}
MAY_BE_MISSING = ("recency", "first", "longest_gap", "value_last", "ratio")
READ = """\
## How a reason reads

Values 3 (a ratio: 0.5), 0 and, where there may be none, a missing one. Labels are the mapping's, in your
language; behind the value stands what is typical in training: `(typical: 0)`. All columns of one kind of
event are one criterion, and one reason; a `decayed_sum` is told only where its criterion has nothing
plainer. The language is `score.language`.
"""
SAMPLE: dict[str, Any] = {
    "within_days": 30,
    "half_life_days": 14,
    "gap_days": 3,
    "apart_minutes": 30,
    "within_hours": 24,
    "per": "email_sent",
    "beside": "email_sent",
}

TOP = """\
# Features of events

<!-- Written by scripts/feature_docs.py from src/leadscore/domain/event_features.py and
tests/spec/primitives; change those. -->

`features.events` in `params.yaml` (or in a profile, which replaces the list whole) declares which
columns the snapshots have about events. No code is written for them: a line names a primitive, the
events it is about and its windows, and becomes one column per kind of event and window.

```yaml
features:
  events:
    - {is: count, of: each, within_days: [7, 30, 90]}
    - {is: ratio, of: email_opened, per: email_sent, within_days: 30}
    - {is: recency, of: {name: pricing, label: Pricing page viewed, types: page_view, subject: pricing}}
```

## Time

- An event is known from the second it happened: at 14:00:00 for one at 14:00:00, not at 13:59:59; one at
  14:00:00.4 is known at 14:00:01. What happens after `as_of` changes no number.
- A window of n days is `(as_of - n days, as_of]`: an event exactly n days old has left it. Windows are
  rounded to whole seconds. Times are UTC, and so are days.
- Same-second repeats count as often as the export has them. Of events at the same time the order, where
  it matters, is by type, subject, value; the order of rows never matters.
- A number depends on one lead's events up to `as_of` alone: not on other leads, on other looks, or on
  how the log was cut into batches.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([TOP, _events(), _keys(), _names(), _primitives()])


def _events() -> str:
    rows = [
        ("`each`", "every event type of the source by itself", "the type"),
        ("`engagement`", "what the lead did itself, all types taken together", "`any`"),
        ("`any`", "all events, also what was done to the lead", "`all`"),
        ("a type", "events of that type; an unknown one is refused", "the type"),
        ("a map", "a choice of your own", "its `name`"),
    ]
    return "\n".join(
        [
            "## Which events: `of`, `per`, `beside`\n",
            _table(("value", "events", "in the column's name"), rows),
            "A choice of your own has these keys; it needs `types`, `subject` or both:\n",
            _table(("key", "what it is"), _described(EventChoice)),
        ]
    )


def _keys() -> str:
    limits = {name: _limits(spec) for name, spec in _schema(EventFeature).items()}
    rows = [(key, told, limits[key.strip("`")]) for key, told in _described(EventFeature)]
    return "\n".join(["## Keys of a line\n", _table(("key", "what it is", "from, to"), rows)])


def _names() -> str:
    rows, read = [], []
    for primitive in get_args(Primitive):
        line = {key: SAMPLE[key] for key in _taken(primitive) - {"apart_minutes"}}
        line |= {key: SAMPLE[key] for key in NEEDS[primitive]}
        declared = EventFeature.model_validate({"is": primitive, "of": "page_view", **line})
        (column,) = columns_of([declared], labels=LABELS, engagement=())
        words = re.sub(r"\{value(:[^}]*)?\}", "…", column.words)
        rows.append((f"`{primitive}`", f"`{column.name}`", words))
        read.append((f"`{primitive}`", *(_read(column, language) for language in ("en", "fr"))))
    return "\n".join(
        [
            "## Names of columns\n",
            "`act_`, the kind of event, the primitive with its unit or settings, the window (`_ever`"
            " without one); a point becomes `_` (`0.5` days: `_0_5d`). Two lines that make the same"
            " column are refused.\n",
            _table(("primitive", "column of `of: page_view`", "in pages about features"), rows),
            READ,
            _table(("primitive", "English", "French"), read),
        ]
    )


def _read(column: EventColumn, language: Language) -> str:
    """Return the words of a value above 1, of 0 and of a missing one, each once."""
    label = Label(FRENCH_LABELS[column.kind]) if language == "fr" else column.fact.label
    other = Label(FRENCH_LABELS["email_sent"]) if language == "fr" else column.fact.other
    fact = replace(column.fact, label=label, other=other)
    feature = Feature(column.name, "number", column.words, column.kind, fact)
    words = ReasonWords(Encoder((feature,), {}), (), language)
    value = 0.5 if fact.is_ == "ratio" else 3.0
    values = np.array([value, 0.0, *([np.nan] if fact.is_ in MAY_BE_MISSING else [])])
    phrases = words.phrases(np.zeros(len(values), dtype=np.intp), values).tolist()
    return "<br>".join(dict.fromkeys(phrases))


def _primitives() -> str:
    parts = ["## The primitives\n"]
    for primitive in get_args(Primitive):
        title, body = (SPEC / f"{primitive}.md").read_text("utf-8").split("\n", 1)
        needs = [f"`{key}` (needed)" for key in sorted(NEEDS[primitive])]
        may = [f"`{key}`" for key in sorted(_taken(primitive) - NEEDS[primitive])]
        meaning, *examples = re.split(r"^## ", body.strip(), flags=re.MULTILINE)
        parts.append(f"##{title}\n\n{meaning.strip()}\n")
        parts.append(f"Keys beside `is` and `of`: {', '.join(needs + may) or 'none'}.\n")
        parts += [f"#### {example.strip()}\n" for example in examples]
    return "\n".join(parts)


def _taken(primitive: Primitive) -> set[str]:
    windows = set() if primitive in NO_WINDOW else {"within_days"}
    return windows | NEEDS[primitive] | MAY_HAVE.get(primitive, frozenset())


def _schema(model: type[BaseModel]) -> dict[str, dict[str, Any]]:
    schema: dict[str, dict[str, Any]] = model.model_json_schema()["properties"]
    return schema


def _described(model: type[BaseModel]) -> list[tuple[str, str]]:
    return [(f"`{name}`", spec["description"]) for name, spec in _schema(model).items()]


def _limits(spec: dict[str, Any]) -> str:
    """Return the smallest and largest number of a key, also of one in a list."""
    kinds = [spec, *spec.get("anyOf", [])]
    for kind in [*kinds, *(kind["items"] for kind in kinds if "items" in kind)]:
        if "minimum" in kind:
            return f"{kind['minimum']:g}, {kind['maximum']:g}"
    return ""


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> int:
    """Write the page, or with ``--check`` tell whether it is as it should be."""
    is_current = PAGE.is_file() and PAGE.read_text("utf-8") == page()
    if "--check" in sys.argv:
        print("docs/features.md", "is current" if is_current else "is stale: make it anew")
        return int(not is_current)
    PAGE.write_text(page(), encoding="utf-8")
    print("docs/features.md written" if not is_current else "docs/features.md was current")
    return 0


if __name__ == "__main__":
    sys.exit(main())
