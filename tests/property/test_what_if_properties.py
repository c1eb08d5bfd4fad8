"""Whatever the leads: what is tabulated is what a replay of the evidence gives, and order holds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.domain.settings import Thresholds
from leadscore.review.effect import expected_effect, migration
from leadscore.review.evidence import Evidence
from leadscore.review.what_if import tabulated
from tests.reports import SETTINGS

REPLAYED = ("hot", "warm", "caught_hot", "caught_warm", "call_profit", "nurture_profit")
SEED, DRAWS = 5, 60
# Whole scores fall on cuts, others between them.
scores = st.one_of(st.integers(0, 100).map(float), st.floats(0, 100))
looks = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 6), st.booleans(), scores), min_size=2, max_size=40
)
thresholds = st.lists(
    st.one_of(st.integers(0, 100).map(float), st.just(62.5)), min_size=2, max_size=2, unique=True
).map(lambda pair: Thresholds(hot=max(pair), warm=min(pair)))


def evidence(rows, *, dated=True):
    table = pd.DataFrame(rows, columns=["lead_id", "week", "label", "score"])
    order = table["week"].to_numpy() * 7 * 86_400 if dated else np.arange(len(table))
    return Evidence.from_table(
        table.assign(
            order=order, p_issued=0.5,
            as_of=pd.to_datetime(order, unit="s", utc=True) if dated else pd.NaT,
        ),
        as_of=None, half_life_days=90,
    )  # fmt: skip


def tables(found, *, in_force, start):
    return tabulated(
        found, SETTINGS, in_force=in_force, start=start, considered=None, n_resamples=DRAWS,
        seed=SEED, min_leads=1,
    )  # fmt: skip


def numbers(figure):
    return [figure.value, figure.low, figure.high]


@given(looks, thresholds, thresholds, st.booleans())
def test_tabulated_is_what_the_replay_gives_for_any_pair(rows, in_force, at, dated):
    found = evidence(rows, dated=dated)
    replay = expected_effect(
        found, SETTINGS, in_force=in_force, considered=at, n_resamples=DRAWS, seed=SEED
    )
    table = tables(found, in_force=in_force, start=at)
    tabled = {effect.what: effect for effect in table.effects(at)}
    for name, effect in zip(REPLAYED, replay, strict=True):
        for part in ("in_force", "considered", "difference"):
            assert numbers(getattr(tabled[name], part)) == pytest.approx(
                numbers(getattr(effect, part)), rel=1e-9, abs=1e-6, nan_ok=True
            )
    assert table.moves(at) == migration(found, in_force=in_force, considered=at)


@given(looks, thresholds)
def test_leads_called_and_won_from_there_are_those_of_a_plain_loop(rows, at):
    called, won, last = 0, 0, max(row[1] for row in rows)
    for lead in {row[0] for row in rows}:
        own = [row for row in rows if row[0] == lead]
        own.sort(key=lambda row: row[1])  # stable: looks of one week stay as they came
        first = next((row for row in own if row[3] >= at.hot), None)
        called += first is not None
        won += first is not None and any(
            row[2]
            for row in own
            if row[1] >= first[1] and (last - row[1]) // 13 == (last - first[1]) // 13
        )
    table = tables(evidence(rows), in_force=at, start=at)
    assert table.worked(at.hot) == (called, won)
    effects = {effect.what: effect.considered.value for effect in table.effects(at)}
    weeks = table.flowing_over
    assert effects["call_cost"] == pytest.approx(SETTINGS.call_cost_eur * called / weeks)
    if called:
        assert effects["precision"] == won / called


@given(looks)
@settings(max_examples=30)
def test_a_higher_cut_never_has_more_leads_more_wins_or_more_cost(rows):
    at = Thresholds(hot=70.0, warm=50.0)
    table = tables(evidence(rows), in_force=at, start=at)
    standing, caught, worked, won_when_worked = table.sums
    for falling in (standing, caught, worked, *table.draws[:, :3].reshape(-1, len(table.cuts))):
        assert (np.diff(falling) <= 0).all()
    assert (caught <= worked).all()
    assert (won_when_worked <= caught).all()
    assert (worked <= standing).all()
    assert table.last[0].sum() == table.leads.n
