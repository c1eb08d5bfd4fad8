"""Known truth: on markets whose decay is given, intervals hold the half-lives as often as they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.history.kernel import Selection, Sweep
from leadscore.history.log import EventLog, Moments
from leadscore.scoring.grid.decay.half_lives import learned_half_lives
from leadscore.scoring.grid.decay.sums import NONE, fill_worth
from leadscore.simulation.fading import FadingEvent, FadingWorld, draw_fading
from tests.tables import events, looks

WORLD = FadingWorld(
    events=(
        FadingEvent(name="visit", per_week=1.0, half_life_days=7, weight=0.5),
        FadingEvent(name="demo", per_week=0.3, half_life_days=20, weight=1.5),
    )
)
DAYS = [f"2026-01-{day:02d}" for day in range(1, 29)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(DAYS)), max_size=12),
    st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(DAYS)), min_size=1, unique=True),
    st.floats(0.5, 400),
)
def test_a_faded_sum_is_that_of_the_kernel(happened, seen, half_life_days):
    table = events(*((lead, day, "visit") for lead, day in [*happened, ("C", DAYS[0])]))
    log = EventLog.from_table(table, ["A", "B", "C"])
    moments = Moments.from_table(looks(*seen), log)
    chain = Sweep(log, moments).chain(Selection(("visit",)))
    out = np.zeros((len(seen), 3))
    where = moments.sorted_as_of, moments.start
    fill_worth(out, chain.time, chain.start, *where, half_life_days * 86_400, NONE)
    np.testing.assert_allclose(
        moments.in_table_order(out[:, 0]), chain.decayed_sum(half_life_days), rtol=1e-9, atol=1e-12
    )


@pytest.mark.long
def test_intervals_hold_the_truth_as_often_as_they_say():
    true = {event.name: event.half_life_days for event in WORLD.events}
    held = []
    for seed in range(60):
        learned = learned_half_lives(
            [draw_fading(WORLD, n_leads=250, seed=seed)], list(true), min_leads=30,
            saturation="none", level=0.9,
        )  # fmt: skip
        held += [h.low < true[h.event] < h.high for h in learned.half_lives]
    # 120 intervals at 90 %: four standard errors, were they independent, are 0.11
    assert 0.79 < np.mean(held) <= 1
