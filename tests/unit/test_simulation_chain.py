"""The weekly law is a law: probabilities, and a truth that equals brute force."""

from dataclasses import replace

import numpy as np
import pytest

from leadscore.simulation.chain import Law, law_of_week
from leadscore.simulation.paths import Paths, draw_paths
from leadscore.simulation.people import People, draw_firms, draw_people
from leadscore.simulation.rhythm import office_time, share_of_week_after, visitor_time
from leadscore.simulation.truth import p_won_at
from leadscore.simulation.weeks import Calendar, calendar_of
from leadscore.simulation.world import World, default_world


def small_market(world: World, *, n_leads: int = 60) -> tuple[Calendar, People, Paths]:
    """Return calendar, people and paths of a few leads."""
    calendar = calendar_of(world)
    rng = np.random.default_rng(5)
    firms = draw_firms(rng, n_firms=n_leads // 2, world=world)
    people = draw_people(rng, n_leads=n_leads, firms=firms, world=world, calendar=calendar)
    return calendar, people, draw_paths(rng, people=people, world=world, calendar=calendar)


def matrix_of(law: Law) -> np.ndarray:
    """Return the 8 x 8 matrix of open states (worked, intent) of one lead, entry by entry."""
    matrix = np.zeros((2, 4, 2, 4))
    for worked, intent in np.ndindex(2, 4):
        demo = law.demo[0, 0, intent]
        pick = demo * law.pick_after_demo[0, intent] + (1 - demo) * law.pick[0, intent]
        p_worked = 1 - law.drop[intent] if worked else pick
        for worked_next in (0, 1):
            p = (p_worked if worked_next else 1 - p_worked) * (1 - law.close[0, worked, intent])
            rise, fall = law.rise[0, worked_next, intent], law.fall[0, worked_next, intent]
            matrix[worked, intent, worked_next, intent] += p * (1 - rise - fall)
            if intent < 3:
                matrix[worked, intent, worked_next, intent + 1] += p * rise
            if intent > 0:
                matrix[worked, intent, worked_next, intent - 1] += p * fall
    return matrix.reshape(8, 8)


@pytest.mark.parametrize("horizon_days", [3, 7, 30, 90])
def test_truth_equals_brute_force_over_the_eight_states(horizon_days: int) -> None:
    world = replace(default_world(), n_weeks=20, horizon_days=horizon_days)
    calendar, people, paths = small_market(world)
    p_won = p_won_at(paths, people=people, world=world, calendar=calendar)
    rows = np.flatnonzero(~np.isnan(p_won))[::17]
    assert len(rows) > 10
    for row in rows:
        state = np.zeros(8)
        state[4 * int(paths.is_worked[row]) + paths.intent[row]] = 1.0
        expected, days = 0.0, horizon_days
        for week in range(paths.week[row], paths.week[row] + horizon_days // 7 + 1):
            law = law_of_week(world, calendar, people, leads=np.array([paths.lead[row]]), week=week)
            expected += min(days, 7) / 7 * float(state @ law.win.reshape(8))
            state, days = state @ matrix_of(law), days - 7
        assert p_won[row] == pytest.approx(expected, abs=1e-12)


def test_every_probability_is_one() -> None:
    world = default_world()
    calendar, people, _ = small_market(world, n_leads=500)
    for week in (0, 33, 129, 141):
        law = law_of_week(world, calendar, people, leads=np.arange(500), week=week)
        for name in ("win", "close", "rise", "fall", "pick", "pick_after_demo", "demo"):
            assert ((getattr(law, name) >= 0) & (getattr(law, name) <= 1)).all(), name
        assert (law.close >= law.win).all()
        assert (law.rise + law.fall <= 1).all()


def test_being_worked_and_fitting_help_to_win() -> None:
    world = default_world()
    calendar, people, _ = small_market(world)
    fits = replace(people, fit=people.fit + 1)
    law = law_of_week(world, calendar, people, leads=np.arange(60), week=9)
    better = law_of_week(world, calendar, fits, leads=np.arange(60), week=9)
    assert (law.win[:, 1] > law.win[:, 0]).all()
    assert (better.win > law.win).all()


def test_a_demo_request_makes_sales_pick_up() -> None:
    world = default_world()
    calendar, people, _ = small_market(world)
    law = law_of_week(world, calendar, people, leads=np.arange(60), week=9)
    assert (law.pick_after_demo > 2 * law.pick).all()


def test_august_has_less_capacity_than_june() -> None:
    calendar = calendar_of(default_world())
    june, august = 23, 32  # weeks from 2024-06-10 and 2024-08-12
    assert calendar.capacity[august] < calendar.capacity[june]
    assert calendar.pull[august] < calendar.pull[june]


def test_leads_neither_close_nor_change_intent_in_their_week_of_creation() -> None:
    _, people, paths = small_market(default_world(), n_leads=400)
    closed = paths.closed >= 0
    assert (paths.closed[closed] // 604_800 > people.created_week[closed]).all()


def test_hours_follow_the_profile() -> None:
    u = np.linspace(0, 1, 2_000, endpoint=False)
    second = visitor_time(u)
    assert (np.diff(second) >= 0).all()
    assert second.min() >= 0
    assert second.max() < 604_800
    assert (office_time(u) % 86_400 // 3600).min() >= 7
    assert share_of_week_after(np.array([0, 604_800])).tolist() == [1.0, 0.0]
