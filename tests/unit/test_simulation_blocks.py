"""The simulated CRM tells a possible story, and the same one each time."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.errors import InputError
from leadscore.simulation.blocks import Block, simulate_blocks
from leadscore.simulation.vocabulary import ACTIVITIES
from leadscore.simulation.world import World, default_world

WORLD = default_world()
END = pd.Timestamp(WORLD.end_seconds, unit="s", tz="UTC")
TABLES = (
    "companies",
    "leads",
    "events",
    "deals",
    "feedback",
    "nps",
    "truth",
    "truth_leads",
    "bots",
)


@pytest.fixture(scope="module")
def block() -> Block:
    """Return a market of 6,000 leads."""
    return next(simulate_blocks(WORLD, n_leads=6_000, seed=20260101))


@pytest.fixture(scope="module")
def events(block: Block) -> pd.DataFrame:
    """Return the events, each with its lead's creation and closing."""
    lives = block.leads[["Lead ID", "Created"]].merge(block.deals[["Lead ID", "Closed"]])
    return block.events.merge(lives, on="Lead ID", validate="many_to_one")


def blocks(n_leads: int, seed: int = 1, block_size: int = 200) -> Iterator[Block]:
    """Return small blocks of the default market."""
    return simulate_blocks(WORLD, n_leads=n_leads, seed=seed, block_size=block_size)


def assert_same(left: Block, right: Block) -> None:
    """Compare two blocks table by table."""
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(left, name), getattr(right, name))


def test_same_seed_gives_same_tables() -> None:
    assert_same(next(blocks(200)), next(blocks(200)))


def test_other_seed_gives_other_leads() -> None:
    assert not next(blocks(200)).leads.equals(next(blocks(200, seed=2)).leads)


def test_first_blocks_do_not_depend_on_how_many_follow() -> None:
    for short, long in zip(blocks(400), islice(blocks(900), 2), strict=True):
        assert_same(short, long)


def test_ids_continue_from_block_to_block() -> None:
    leads = pd.concat([part.leads for part in blocks(500)])
    firms = pd.concat([part.companies for part in blocks(500)])
    assert leads["Lead ID"].tolist() == [f"L{n:07d}" for n in range(1, 501)]
    assert firms["Company ID"].is_unique
    assert set(leads["Company ID"].dropna()) <= set(firms["Company ID"])


@pytest.mark.parametrize("n_leads", [100, 2_000])
def test_small_markets_have_one_deal_per_lead(n_leads: int) -> None:
    market = next(simulate_blocks(WORLD, n_leads=n_leads, seed=3))
    assert len(market.leads) == len(market.deals) == len(market.truth_leads) == n_leads
    assert len(market.events) > 5 * n_leads


@pytest.mark.parametrize("n_leads", [0, 99, 10_000_001])
def test_impossible_sizes_are_refused_at_once(n_leads: int) -> None:
    with pytest.raises(InputError, match="n_leads must be in 100"):
        simulate_blocks(WORLD, n_leads=n_leads, seed=1)


def test_block_size_must_be_positive() -> None:
    with pytest.raises(InputError, match="block_size must be >= 1, got 0"):
        simulate_blocks(WORLD, n_leads=100, seed=1, block_size=0)


def test_world_refuses_a_start_that_is_no_monday() -> None:
    with pytest.raises(InputError, match="Monday 00:00 UTC"):
        World(start=WORLD.start.replace(day=2))


def test_no_event_before_creation_or_from_closing_on(events: pd.DataFrame) -> None:
    assert (events["Time"] >= events["Created"]).all()
    assert (events["Time"] < events["Closed"].fillna(END)).all()


def test_nothing_after_the_end_of_history(block: Block) -> None:
    for table, column in [
        (block.leads, "Created"), (block.events, "Time"), (block.deals, "Closed"),
        (block.feedback, "Time"), (block.nps, "Time"),
    ]:  # fmt: skip
        assert table[column].max() < END
    assert block.truth["as_of"].max() == END


def test_times_are_utc_microseconds(block: Block) -> None:
    for table, column in [(block.events, "Time"), (block.deals, "Closed"), (block.truth, "as_of")]:
        assert str(table[column].dtype) == "datetime64[us, UTC]"


def test_events_are_sorted_and_speak_the_vocabulary(block: Block) -> None:
    key = pd.MultiIndex.from_frame(block.events[["Lead ID", "Time"]])
    assert key.is_monotonic_increasing
    assert set(block.events["Activity"]) == set(ACTIVITIES)


def test_value_is_seconds_on_page_and_nothing_else(block: Block) -> None:
    is_page = block.events["Activity"].isin(["Page viewed", "Pricing page viewed"])
    assert (block.events["Value"].notna() == is_page).all()


def test_sales_works_in_office_hours(block: Block) -> None:
    work = block.events[block.events["Activity"].isin(["Call logged", "Meeting held"])]
    assert work["Time"].dt.day_of_week.max() <= 4
    assert work["Time"].dt.hour.between(7, 16).all()


def test_robots_click_many_links_within_seconds_without_open(block: Block) -> None:
    mail = block.events[block.events["Activity"].isin(["Email sent", "Email clicked"])].copy()
    mail["sent"] = mail["Time"].where(mail["Activity"] == "Email sent")
    mail["sent"] = mail.groupby("Lead ID")["sent"].ffill()
    soon = (mail["Activity"] == "Email clicked") & (
        mail["Time"] - mail["sent"] <= pd.Timedelta(seconds=15)
    )
    bursts = mail[soon].groupby(["Lead ID", "sent"])["Subject"].nunique()
    scanned = block.truth_leads.set_index("lead_id")["is_scanned"]
    robots = bursts[bursts >= 3]
    assert len(robots) > 200
    assert scanned[robots.index.get_level_values("Lead ID")].all()


def test_no_email_follows_an_unsubscription(events: pd.DataFrame) -> None:
    left = events[events["Activity"] == "Unsubscribed"].set_index("Lead ID")["Time"]
    sent = events[events["Activity"] == "Email sent"]
    assert not (sent["Time"] > sent["Lead ID"].map(left)).any()


def test_who_opted_out_or_gave_no_address_gets_no_email(block: Block) -> None:
    silent = block.leads["Email Domain"].isna() | (block.leads["Email Opt Out"] == "Yes")
    sent = block.events.loc[block.events["Activity"] == "Email sent", "Lead ID"]
    assert not set(sent) & set(block.leads.loc[silent, "Lead ID"])


def test_amount_only_when_won_reason_only_when_lost(block: Block) -> None:
    deals = block.deals
    assert (deals["Amount"].notna() == (deals["Status"] == "Won")).all()
    assert (deals.loc[deals["Reason"].notna(), "Status"] == "Lost").all()
    assert (deals["Closed"].isna() == (deals["Status"] == "Open")).all()


def test_satisfaction_comes_30_to_90_days_after_winning(block: Block) -> None:
    answers = block.nps.merge(block.deals, on="Lead ID")
    wait = answers["Time"] - answers["Closed"]
    assert (answers["Status"] == "Won").all()
    assert wait.between(pd.Timedelta(days=30), pd.Timedelta(days=90)).all()
    assert answers["Score"].between(0, 10).all()


def test_figures_of_the_default_world(block: Block) -> None:
    """Ranges of the design: 10-14 % won, 8-20 snapshots and 20-40 events per lead."""
    n_leads = len(block.leads)
    assert 0.10 <= (block.deals["Status"] == "Won").mean() <= 0.14
    assert 8 <= len(block.truth) / n_leads <= 20
    assert 20 <= len(block.events) / n_leads <= 40
    assert 0.10 <= block.leads["Job Title"].isna().mean() <= 0.14
    assert n_leads / len(block.companies) == pytest.approx(2.2, abs=0.01)


def test_market_weakens_from_2024_to_late_2025(block: Block) -> None:
    year = block.truth["as_of"].dt.strftime("%Y")
    quarter = block.truth["as_of"].dt.quarter
    strong = block.truth.loc[(year == "2024") & (quarter == 3), "p_won"].mean()
    weak = block.truth.loc[(year == "2025") & (quarter == 3), "p_won"].mean()
    assert 1.2 < strong / weak < 2.5


def test_paid_social_worsens_in_2025q2(block: Block) -> None:
    truth = block.truth.merge(block.leads, left_on="lead_id", right_on="Lead ID")
    truth = truth[truth["Channel"] == "Paid social"]
    before = truth.loc[truth["as_of"].dt.year == 2024, "p_won"].mean()
    after = truth.loc[truth["as_of"] >= pd.Timestamp("2025-07-01", tz="UTC"), "p_won"].mean()
    assert after < 0.6 * before


def test_verdicts_follow_intent(block: Block) -> None:
    """Reps call fewer of the later winners overrated."""
    said = block.feedback.merge(block.deals, on="Lead ID")
    overrated = (said["Verdict"] == "Overrated").groupby(said["Status"] == "Won").mean()
    assert overrated[True] < overrated[False]


def test_uses_no_global_random_state() -> None:
    np.random.seed(1)  # noqa: NPY002  the claim is about this very state
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    next(blocks(200))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
