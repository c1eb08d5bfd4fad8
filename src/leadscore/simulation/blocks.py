"""The simulated CRM as blocks of tables, written in the words of its export.

A block is a closed piece of the market: its firms, their contacts and everything these did. The
first blocks are the same however many follow, so a longer export begins with a shorter one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadscore.domain.errors import InputError
from leadscore.simulation.activity import draw_activity
from leadscore.simulation.aftermath import draw_deals, draw_feedback, draw_nps
from leadscore.simulation.paths import draw_paths
from leadscore.simulation.people import draw_firms, draw_people
from leadscore.simulation.tables import (
    Names,
    bots_table,
    companies_table,
    deals_table,
    events_table,
    feedback_table,
    leads_table,
    nps_table,
    truth_leads_table,
    truth_table,
)
from leadscore.simulation.truth import p_won_at
from leadscore.simulation.weeks import Calendar, calendar_of
from leadscore.simulation.world import World

N_LEADS_MIN, N_LEADS_MAX = 100, 10_000_000


@dataclass(frozen=True)
class Block:
    """Tables of one block; times are datetime64[us, UTC].

    Parameters
    ----------
    companies : one firm; Company ID, Company, Industry, Employees, Country
    leads : one lead as known at its creation; Lead ID, Created, Company ID, Job Title,
        Email Domain, Language, Channel, Product, Owner, Email Opt Out
    events : one action, sorted by lead and time; Lead ID, Time, Activity, Subject, Value
    deals : one lead; Lead ID, Status, Closed, Amount, Reason
    feedback : one verdict; Lead ID, Time, Rep, Verdict
    nps : one answer; Lead ID, Time, Score
    truth : one snapshot of an open lead; lead_id, as_of, p_won
    truth_leads : one lead; lead_id, fit, activity, seniority, industry, is_scanned,
        start_intent, end_intent, was_worked
    bots : one event that no person made; lead_id, occurred_at, type, subject (as in events)
    """

    companies: pd.DataFrame
    leads: pd.DataFrame
    events: pd.DataFrame
    deals: pd.DataFrame
    feedback: pd.DataFrame
    nps: pd.DataFrame
    truth: pd.DataFrame
    truth_leads: pd.DataFrame
    bots: pd.DataFrame


def simulate_blocks(
    world: World, *, n_leads: int, seed: int, block_size: int = 20_000
) -> Iterator[Block]:
    """Yield the history of `n_leads` leads block by block.

    Parameters
    ----------
    world : the market
    n_leads : number of leads, 100 .. 10,000,000
    seed : same seed, same tables
    block_size : leads per block; changing it changes the leads

    Yields
    ------
    Block
        `block_size` leads each, the rest in the last.

    Raises
    ------
    InputError
        If `n_leads` or `block_size` is out of range.
    """
    if not N_LEADS_MIN <= n_leads <= N_LEADS_MAX:
        raise InputError(
            "bad-size",
            f"n_leads must be in {N_LEADS_MIN} .. {N_LEADS_MAX}, got {n_leads}",
            fix="ask for another number of leads",
        )
    if block_size < 1:
        raise InputError("bad-size", f"block_size must be >= 1, got {block_size}")
    return _blocks(world, n_leads, seed, block_size)


def _blocks(world: World, n_leads: int, seed: int, block_size: int) -> Iterator[Block]:
    calendar = calendar_of(world)
    n_blocks = -(-n_leads // block_size)
    seeds = np.random.SeedSequence(seed).spawn(n_blocks)
    for number, block_seed in enumerate(seeds):
        first = number * block_size
        yield _simulate_block(
            world,
            calendar,
            block_seed,
            size=min(block_size, n_leads - first),
            first_lead=first,
            first_firm=number * _n_firms(block_size, world),
        )


def _n_firms(n_leads: int, world: World) -> int:
    return max(1, round(n_leads / world.leads_per_company))


def _simulate_block(
    world: World,
    calendar: Calendar,
    seed: np.random.SeedSequence,
    *,
    size: int,
    first_lead: int,
    first_firm: int,
) -> Block:
    """Simulate one block; each subject has its own stream, so that one change stays local."""
    who, what, path, act, after = (np.random.default_rng(child) for child in seed.spawn(5))
    firms = draw_firms(who, n_firms=_n_firms(size, world), world=world)
    people = draw_people(who, n_leads=size, firms=firms, world=world, calendar=calendar)
    names = Names(n_leads=size, n_firms=len(firms), first_lead=first_lead, first_firm=first_firm)
    paths = draw_paths(path, people=people, world=world, calendar=calendar)
    log = draw_activity(act, people=people, paths=paths, world=world, calendar=calendar)
    deals = draw_deals(after, people=people, firms=firms, paths=paths, world=world)
    feedback = draw_feedback(after, people=people, paths=paths, world=world)
    nps = draw_nps(after, people=people, paths=paths, world=world)
    p_won = p_won_at(paths, people=people, world=world, calendar=calendar)
    leads = leads_table(what, people=people, firms=firms, names=names, world=world)
    return Block(
        companies=companies_table(what, firms=firms, names=names),
        leads=leads,
        events=events_table(log, names=names, world=world),
        deals=deals_table(deals, paths=paths, names=names, world=world),
        feedback=feedback_table(feedback, owners=leads["Owner"], names=names, world=world),
        nps=nps_table(nps, names=names, world=world),
        truth=truth_table(paths, p_won, names=names, world=world),
        truth_leads=truth_leads_table(paths, people=people, firms=firms, names=names),
        bots=bots_table(log, names=names, world=world),
    )
