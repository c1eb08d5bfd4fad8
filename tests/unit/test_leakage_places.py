"""Ids, rows and repeated leads: what follows time or another column tells nothing, what is left does."""

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.mapping import Property
from leadscore.history.leakage.ground import Column, Ground
from leadscore.history.leakage.rows import beyond_time, by_place, is_sorted_by
from tests.fakes import settings

LIMITS = settings().leakage
N = 2000


def ground(won, **columns):
    leads = pd.DataFrame(
        {"lead_id": [f"L{i:05d}" for i in range(N)], "order": np.arange(N), **columns}
    )
    outcomes = pd.DataFrame({"lead_id": leads["lead_id"], "status": np.where(won, "won", "lost")})
    return Ground.of(leads, outcomes, until=None, is_dated=False)


@pytest.fixture
def drifting():
    """Return outcomes whose win rate climbs from 0 to 60 % with time."""
    return np.random.default_rng(5).random(N) < np.linspace(0, 0.6, N)


def place_of(made, values):
    return beyond_time(np.asarray(values), np.zeros(N, np.int64), made)


@pytest.mark.parametrize("way", [1, -1])
def test_ids_that_follow_creation_tell_nothing_however_the_market_drifts(drifting, way):
    """Forwards, or from the newest lead to the oldest."""
    found = place_of(ground(drifting), way * np.arange(N))
    assert (found.auc, found.z) == (0.5, 0.0)


def test_random_ids_tell_nothing_either(drifting):
    found = place_of(ground(drifting), np.random.default_rng(6).permutation(N))
    assert not found.exceeds(LIMITS.order_auc, min_z=LIMITS.min_z)


def test_ids_that_jump_for_won_leads_do(drifting):
    assert place_of(ground(drifting), np.arange(N) + 10_000 * drifting).auc > 0.95


def rows_by(*keys):
    row = np.empty(N, np.int64)
    row[np.lexsort(keys)] = np.arange(N)
    return row


def test_a_file_sorted_by_a_column_has_its_order_from_there():
    """The owner tells much, honestly; the file stands by owner, then by date."""
    draw = np.random.default_rng(7)
    owner = draw.choice(list("abcd"), N)
    won = draw.random(N) < np.select([owner == "a", owner == "b"], [0.7, 0.4], 0.1)
    row = rows_by(np.arange(N), owner)
    made = ground(won, row=row + 1, owner=pd.Series(owner, dtype="str"))
    column = Column.of(Property("owner", "category", "at_creation", "Owner"), made.leads["owner"])
    assert place_of(made, row).auc > LIMITS.order_auc
    assert is_sorted_by(column, row)
    assert by_place([column], made, LIMITS) == []
    by_status = rows_by(np.arange(N), owner, won)
    assert not is_sorted_by(column, by_status)
    made = ground(won, row=by_status + 1, owner=pd.Series(owner, dtype="str"))
    assert [s.name for s in by_place([column], made, LIMITS)] == ["row"]


@pytest.mark.parametrize(
    ("values", "is_sorted"),
    [
        (["a", "a", "b", "b", "c", "c", "a", "b", "c", "c"], False),
        (["a", "a", "a", "b", "b", "b", "b", "c", "c", "c"], True),
        (["b", "b", "b", "a", "a", "a", "a", "c", "c", "c"], True),  # grouped, in whatever order
        (["a"] * 10, False),  # a column without values sorts nothing
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, None, None, None, None], True),
        ([6.0, 5.0, 4.0, 3.0, 2.0, 1.0, None, None, None, None], True),
        ([1.0, 2.0, 3.0, 4.0, 6.0, 5.0, None, None, None, None], False),
        (["a", "B", "c", "D", "e", "F", "g", "H", "i", "J"], True),  # capitals aside
    ],
)
def test_whether_a_file_is_sorted_by_a_column(values, is_sorted):
    series = pd.Series(values * 1, dtype="str" if isinstance(values[0], str) else "float64")
    if series.nunique() == 3:
        series = series.repeat(2).reset_index(drop=True)
    column = Column.of(Property("x", "category", "at_creation", "X"), series)
    assert is_sorted_by(column, np.arange(len(series))) is is_sorted


def test_leads_that_are_alike_by_chance_are_no_duplicates():
    """Four columns of three values each: hundreds of equal rows, none of them rare."""
    draw = np.random.default_rng(8)
    won = draw.random(N) < 0.3
    made = ground(won, **{c: pd.Series(draw.choice(list("xyz"), N), dtype="str") for c in "abcd"})
    columns = [Column.of(Property(c, "category", "at_creation", c), made.leads[c]) for c in "abcd"]
    assert by_place(columns, made, LIMITS) == []


def repeated(draw, won_again):
    """Return 2,000 leads of three numbers each, the last 100 a copy of the first 100."""
    numbers = {c: draw.normal(size=N).round(3) for c in "abc"}
    won = draw.random(N) < 0.3
    for values in numbers.values():
        values[-100:] = values[:100]
    won[-100:] = won_again(won[:100])
    made = ground(won, **numbers)
    columns = [Column.of(Property(c, "number", "at_creation", c), made.leads[c]) for c in "abc"]
    return by_place(columns, made, LIMITS)


def test_copies_with_the_same_outcome_are_named():
    (found,) = repeated(np.random.default_rng(9), lambda won: won)
    assert found.name == "leads:duplicates"
    assert "of 2,000 leads repeat another id in all 3 columns" in found.evidence
    assert "100% [96%, 100%] of 100 closed pairs ended alike" in found.evidence


def test_leads_that_came_again_and_ended_otherwise_are_new_leads():
    draw = np.random.default_rng(10)
    assert repeated(draw, lambda won: draw.permutation(won)) == []
