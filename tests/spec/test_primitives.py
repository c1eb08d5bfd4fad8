"""Every example of the primitives' spec files, against the kernel and against the reference."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.event_features import EventFeature, Primitive
from leadscore.history.event_features import columns_of, computed
from leadscore.history.kernel import Sweep
from leadscore.history.log import EventLog, Moments
from tests import kernel_reference as reference
from tests.spec.primitive_tables import EXAMPLES, FOLDER, examples_of, number, time
from tests.tables import times

LABELS = {
    "page_view": "Page viewed",
    "email_sent": "E-mail sent",
    "email_opened": "E-mail opened",
    "quote": "Quote asked for",
}
OWN = ("email_opened", "page_view", "quote")


def by_the_kernel(example):
    """Return the columns that the example's declared lines make."""
    looks = pd.DataFrame(
        {
            "lead_id": [look.get("lead", "a") for look in example.looks],
            "as_of": times(look["as_of"] for look in example.looks),
        }
    )
    rows = example.events
    events = pd.DataFrame(
        {
            "lead_id": pd.Series([row.get("lead", "a") for row in rows], dtype="str"),
            "occurred_at": times(row["event"] for row in rows),
            "type": pd.Series([row["type"] for row in rows], dtype="str"),
            "subject": pd.Series([row.get("subject") or None for row in rows], dtype="str"),
            "value": np.array([float(row.get("value") or "nan") for row in rows]),
        }
    )
    log = EventLog.from_table(events, looks["lead_id"].unique())
    declared = [EventFeature.model_validate(line) for line in example.lines]
    columns = columns_of(declared, labels=LABELS, engagement=OWN)
    sweep = Sweep(log, Moments.from_table(looks, log))
    return {column.name: values.tolist() for column, values in computed(columns, sweep)}


def by_the_reference(example, look):
    """Return what the reference says of one look, in the order of the declared lines."""
    events = [
        reference.Event(
            time(row, "event"),
            row["type"],
            row.get("subject") or None,
            float(row["value"]) if row.get("value") else None,
        )
        for row in example.events
        if row.get("lead") == look.get("lead")
    ]
    return [
        value
        for line in example.lines
        for of in (sorted(LABELS) if line["of"] == "each" else [line["of"]])
        for value in reference.answers(
            {**line, "of": of}, events, time(look, "as_of"), engagement=OWN
        )
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_kernel_says_what_the_tables_say(example):
    found = by_the_kernel(example)
    assert set(found) == set(example.columns)
    for name, values in found.items():
        expected = [number(look[name]) for look in example.looks]
        assert values == pytest.approx(expected, rel=1e-12, nan_ok=True), name


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_reference_says_what_the_tables_say(example):
    declared = [EventFeature.model_validate(line) for line in example.lines]
    by_line = [
        column.name
        for line in declared
        for column in columns_of([line], labels=LABELS, engagement=OWN)
    ]
    for look in example.looks:
        expected = [number(look[name]) for name in by_line]
        found = by_the_reference(example, look)
        assert found == pytest.approx(expected, rel=1e-12, nan_ok=True), look


def test_every_primitive_has_a_file_and_a_reference():
    primitives = set(get_args(Primitive))
    assert {path.stem for path in FOLDER.glob("*.md")} == primitives
    assert {example.primitive for example in EXAMPLES} == primitives
    assert set(reference.PRIMITIVES) == primitives


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_file_shows_its_own_primitive_before_at_and_after_an_event(path):
    examples = examples_of(path.read_text("utf-8"))
    assert {line["is"] for example in examples for line in example.lines} == {path.stem}
    seen = set()
    for example in examples:
        happened = [time(row, "event") for row in example.events]
        for look in example.looks:
            as_of = time(look, "as_of")
            seen |= {"before"} if as_of < min(happened) else set()
            seen |= {"at"} if as_of in happened else set()
            seen |= {"after"} if as_of > max(happened) else set()
    assert seen == {"before", "at", "after"}


def test_a_cell_is_a_number_or_arithmetic_and_nothing_else():
    assert number("2 * 2**(-1/2)") == pytest.approx(2**0.5)
    assert np.isnan(number("-"))
    with pytest.raises(ValueError, match="arithmetic"):
        number("exit()")
