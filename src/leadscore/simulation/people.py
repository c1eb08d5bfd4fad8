"""Who the simulated leads are: firms, contacts, mailboxes, and the fit that only truth knows.

It knows nothing of time after a lead's creation; behaviour and outcomes live elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadscore.simulation.rhythm import visitor_time
from leadscore.simulation.vocabulary import COUNTRIES, INDUSTRIES, MAILBOX_KINDS, SENIORITIES, Word
from leadscore.simulation.weeks import WEEK_SECONDS, Calendar, Flags, Floats, Indices
from leadscore.simulation.world import World

_MAILBOX_BY_SENIORITY = (2.6, 1.3, 0.9, 0.8, 0.9)
"""Factor on the odds of a mailbox that is not the firm's, one per seniority."""
_FIT_SCALE = 1.1


@dataclass(frozen=True)
class Firms:
    """The firms of a block: positions into the vocabulary, shape (n_firms,) each."""

    industry: Indices
    employees: Indices
    country: Indices
    has_scanner: Flags

    def __len__(self) -> int:
        """Return the number of firms."""
        return len(self.industry)


@dataclass(frozen=True)
class People:
    """The leads of a block in order of creation, shape (n_leads,) each.

    Parameters
    ----------
    firm : position of the lead's firm in the block
    created : creation, seconds since the start of the history
    channel, product, seniority, mailbox : positions into the world's and the vocabulary's lists
    fit : how well the lead matches what is sold (about mean 0, sd 1)
    activity : overall activity of the lead (factor, mean 1)
    has_bad_address : every e-mail to it bounces
    has_opted_out : refused e-mail on arrival
    is_scanned : a mail gateway clicks every link in its e-mails
    """

    firm: Indices
    created: Indices
    channel: Indices
    product: Indices
    seniority: Indices
    mailbox: Indices
    fit: Floats
    activity: Floats
    has_bad_address: Flags
    has_opted_out: Flags
    is_scanned: Flags

    def __len__(self) -> int:
        """Return the number of leads."""
        return len(self.firm)

    @property
    def created_week(self) -> Indices:
        """Week of creation, counted from the start of the history."""
        return self.created // WEEK_SECONDS


def draw_firms(rng: np.random.Generator, *, n_firms: int, world: World) -> Firms:
    """Draw the firms of a block.

    Returns
    -------
    Firms
        `n_firms` firms of 1 to 50,000 employees.
    """
    size = np.exp(rng.normal(np.log(90), 1.6, n_firms))
    return Firms(
        industry=_choose(rng, INDUSTRIES, n_firms),
        employees=np.clip(np.round(size), 1, 50_000).astype(np.int64),
        country=_choose(rng, COUNTRIES, n_firms),
        has_scanner=rng.random(n_firms) < world.scanner_share,
    )


def draw_people(
    rng: np.random.Generator, *, n_leads: int, firms: Firms, world: World, calendar: Calendar
) -> People:
    """Draw the leads of a block, each firm having at least one while leads last.

    Returns
    -------
    People
        `n_leads` leads sorted by creation.
    """
    week = np.sort(rng.choice(world.n_weeks, n_leads, p=calendar.arrivals))
    second = np.maximum(visitor_time(rng.random(n_leads)), 1)
    created = np.sort(week * WEEK_SECONDS + second)
    firm = np.concatenate([np.arange(min(len(firms), n_leads)),
                           rng.integers(0, len(firms), max(n_leads - len(firms), 0))])  # fmt: skip
    firm = rng.permutation(firm)
    channel = _choose_rows(rng, calendar.mix[created // WEEK_SECONDS])
    product = rng.choice(
        len(world.products), n_leads, p=_normalised([p.share for p in world.products])
    )
    seniority = _choose(rng, SENIORITIES, n_leads)
    mailbox = _draw_mailboxes(rng, seniority)
    fit = _fit_of(rng, firms, firm, product, seniority, mailbox, world)
    return People(
        firm=firm,
        created=created,
        channel=channel,
        product=product,
        seniority=seniority,
        mailbox=mailbox,
        fit=fit,
        activity=rng.gamma(world.activity_shape, 1 / world.activity_shape, n_leads),
        has_bad_address=rng.random(n_leads) < world.bounce_share * np.where(mailbox == 2, 8, 1),
        has_opted_out=rng.random(n_leads) < world.opt_out_share,
        is_scanned=firms.has_scanner[firm] & (mailbox == 0),
    )


def _fit_of(
    rng: np.random.Generator,
    firms: Firms,
    firm: Indices,
    product: Indices,
    seniority: Indices,
    mailbox: Indices,
    world: World,
) -> Floats:
    """Sum the effects of firm, person and product, add what no column shows, and centre."""
    made_for = np.array([_position(INDUSTRIES, item.industry) for item in world.products])
    match = firms.industry[firm] == made_for[product]
    fit = (
        _effects(INDUSTRIES)[firms.industry[firm]]
        + _effects(COUNTRIES)[firms.country[firm]]
        + _effects(SENIORITIES)[seniority]
        + _effects(MAILBOX_KINDS)[mailbox]
        + world.size_fit * np.abs(np.log10(firms.employees[firm]) - world.size_best)
        + world.match_fit * match
        + rng.normal(0, world.fit_noise, len(firm))
    )
    expected_size = world.size_fit * 0.6
    return np.asarray((fit - expected_size - 0.05) * _FIT_SCALE)


def _draw_mailboxes(rng: np.random.Generator, seniority: Indices) -> Indices:
    weights = np.array([word.weight for word in MAILBOX_KINDS])
    factor = np.asarray(_MAILBOX_BY_SENIORITY)[seniority]
    shares = np.column_stack([np.full(len(seniority), weights[0]), factor[:, None] * weights[1:]])
    return _choose_rows(rng, shares / shares.sum(axis=1, keepdims=True))


def _choose(rng: np.random.Generator, words: Sequence[Word], size: int) -> Indices:
    return rng.choice(len(words), size, p=_normalised([word.weight for word in words]))


def _choose_rows(rng: np.random.Generator, shares: Floats) -> Indices:
    """Draw one column per row of a matrix of probabilities."""
    below = np.cumsum(shares, axis=1)[:, :-1] <= rng.random(len(shares))[:, None]
    return np.asarray(below.sum(axis=1), dtype=np.int64)


def _effects(words: Sequence[Word]) -> Floats:
    return np.array([word.fit for word in words])


def _position(words: Sequence[Word], text: str) -> int:
    return [word.text for word in words].index(text)


def _normalised(weights: Sequence[float]) -> Floats:
    return np.asarray(weights, dtype=float) / sum(weights)
