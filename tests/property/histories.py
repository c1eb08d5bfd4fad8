"""Random histories: leads, events of all kinds, looks; and the columns a kernel makes of them."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from leadscore.domain.event_features import EventFeature
from leadscore.history.event_features import columns_of, computed
from leadscore.history.kernel import Sweep
from leadscore.history.log import EventLog, Moments

START = 1_767_225_600  # 2026-01-01
HOUR, DAY = 3_600, 86_400
LEADS = ["a", "b", "c"]
LABELS = {"mail": "E-mail sent", "page": "Page viewed", "quote": "Quote"}
OWN = ("page", "quote")

# Hours of four weeks and seconds beside them: ties, equal seconds of event and look, and all borders
# are likely; a day long before and one long after make huge gaps.
_hours = st.integers(0, 28 * 24).map(lambda hour: START + hour * HOUR)
_beside = st.tuples(_hours, st.sampled_from([-1, 1, 60, 1_800])).map(sum)
_far = st.sampled_from([START - 4_000 * DAY, START + 900 * DAY])
second = st.one_of(_hours, _hours, _beside, _far)
value = st.one_of(
    st.none(),
    st.sampled_from([0.0, 1.0, 0.1, -2.5, 1e9]),
    st.floats(-1e6, 1e6).map(lambda number: number + 0.0),  # no minus zero
)
subject = st.sampled_from([None, "/pricing", "/Pricing", "blog"])
event = st.tuples(st.sampled_from(LEADS), second, st.sampled_from(sorted(LABELS)), subject, value)
look = st.tuples(st.sampled_from(LEADS), second)
events = st.lists(event, max_size=14)
looks = st.lists(look, min_size=1, max_size=8)
shuffle = st.randoms(use_true_random=False)


def utc(seconds):
    """Return epoch seconds, also parts of them, as times."""
    micros = np.array([round(s * 1_000_000) for s in seconds], dtype="int64")
    return pd.Series(pd.to_datetime(micros, unit="us", utc=True)).dt.as_unit("us")


def event_table(rows):
    """Return events ``(lead, second, type, subject, value)`` as the table `events`."""
    lead, when, kind, topic, worth = zip(*rows, strict=True) if rows else ((),) * 5
    return pd.DataFrame(
        {
            "lead_id": pd.Series(lead, dtype="str"),
            "occurred_at": utc(when),
            "type": pd.Series(kind, dtype="str"),
            "subject": pd.Series(topic, dtype="str"),
            "value": np.array([np.nan if v is None else v for v in worth], dtype=np.float64),
        }
    )


def look_table(rows):
    """Return looks ``(lead, second)`` as a table."""
    as_of = utc(when for _, when in rows)
    return pd.DataFrame(
        {
            "lead_id": pd.Series([lead for lead, _ in rows], dtype="str"),
            "as_of": as_of,
            "order": np.array([int(when) for _, when in rows], dtype=np.int64),
            "age_days": 1.0,
        }
    )


def told(lines, event_rows, look_rows):
    """Return float64[n_looks, n_columns]: what declared lines say."""
    table = look_table(look_rows)
    log = EventLog.from_table(event_table(event_rows), LEADS)
    declared = [EventFeature.model_validate(line) for line in lines]
    columns = columns_of(declared, labels=LABELS, engagement=OWN)
    sweep = Sweep(log, Moments.from_table(table, log))
    return np.column_stack([values for _, values in computed(columns, sweep)])


_pricing = {"name": "pricing", "label": "Pricing", "subject": "PRIC"}
_two = {"name": "two", "label": "Two", "types": ["mail", "page"]}
_of = st.sampled_from(["any", "engagement", "page", "mail", _pricing, _two])
_days = st.one_of(st.sampled_from([0.001, 0.5, 1, 7, 30, 400]), st.floats(0.001, 40))
_KEYS = {
    "within_days": _days,
    "half_life_days": st.floats(0.01, 60),
    "gap_days": _days,
    "apart_minutes": st.one_of(st.sampled_from([30, 60, 1_440]), st.floats(0.1, 3_000)),
    "within_hours": st.one_of(st.sampled_from([0.5, 2, 24, 800]), st.floats(0.01, 100)),
    "per": _of,
    "beside": _of,
}


def lines(primitive, *, needed, optional=()):
    """Return a strategy of declared lines of one primitive."""
    return st.fixed_dictionaries(
        {"is": st.just(primitive), "of": _of, **{key: _KEYS[key] for key in sorted(needed)}},
        optional={key: _KEYS[key] for key in sorted(optional)},
    ).filter(lambda line: line["of"] not in (line.get("per"), line.get("beside")))


WINDOWS = [0.5, 7, 30.25]
EVERY_PRIMITIVE = [
    {"is": "count", "of": "each", "within_days": WINDOWS},
    {"is": "count", "of": {"name": "pricing", "label": "P", "subject": "pric"}},
    {"is": "recency", "of": "page"},
    {"is": "first", "of": "any"},
    {"is": "decayed_sum", "of": "any", "half_life_days": [0.3, 7]},
    {"is": "active_days", "of": "engagement", "within_days": WINDOWS},
    {"is": "sessions", "of": "engagement", "apart_minutes": 60, "within_days": WINDOWS},
    {"is": "longest_gap", "of": "any", "within_days": WINDOWS},
    {"is": "longest_gap", "of": "any"},
    {"is": "returns", "of": "any", "gap_days": 2, "apart_minutes": 60, "within_days": WINDOWS},
    {"is": "trend", "of": "any", "within_days": WINDOWS},
    {"is": "distinct_subjects", "of": "any", "within_days": WINDOWS},
    {"is": "value_sum", "of": "any", "within_days": WINDOWS},
    {"is": "value_sum", "of": "any"},
    {"is": "value_last", "of": "any"},
    {"is": "ratio", "of": "page", "per": "mail", "within_days": WINDOWS},
    {
        "is": "co_occurrence",
        "of": "any",
        "beside": "page",
        "within_hours": 30,
        "within_days": WINDOWS,
    },
    {"is": "co_occurrence", "of": "page", "beside": "quote", "within_hours": 2},
]


def same_bits(found, expected):
    __tracebackhide__ = True
    assert found.shape == expected.shape
    unequal = found.view(np.int64) != np.ascontiguousarray(expected).view(np.int64)
    assert not unequal.any(), (found[unequal], expected[unequal])
