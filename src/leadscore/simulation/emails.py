"""E-mails sent to a lead and what comes back: opens, clicks, bounces, unsubscriptions, robots.

Robots are security scanners of some firms: within seconds of an e-mail they click its links,
without opening it. A bounce or an unsubscription ends the e-mails to a lead.
"""

import numpy as np

from leadscore.simulation.log import Log, codes_of
from leadscore.simulation.people import People
from leadscore.simulation.rhythm import office_time
from leadscore.simulation.vocabulary import CAMPAIGNS
from leadscore.simulation.weeks import Flags, Floats, Indices

_SENT_UNWORKED = 0.50
_SENT_WORKED = 0.70
_OPENED = (0.18, 0.34, 0.45, 0.50)
_CLICKED = (0.10, 0.24, 0.36, 0.42)
_UNSUBSCRIBED = (0.012, 0.005, 0.002, 0.001)
_REOPENED = 0.20
_SCANNED = 0.35
_CAMPAIGN_WEIGHTS = (0.42, 0.20, 0.18, 0.12, 0.08)
_OPEN_HOURS = 7.0
_CLICK_SECONDS = 40.0
_LINKS = ("/pricing", "/product", "/customers", "/blog", "/crm-integration", "/security", "/")
_MAX_BURST = len(_LINKS)


def draw_emails(
    rng: np.random.Generator,
    *,
    lead: Indices,
    start: Indices,
    intent: Indices,
    worked: Flags,
    people: People,
) -> Log:
    """Draw the e-mail traffic of lead-weeks.

    Parameters
    ----------
    lead, start, intent, worked : lead, first second, intent and worked of each lead-week

    Returns
    -------
    Log
        Unsorted; may reach beyond the end of a week or of a lead's life.
    """
    rate = np.where(worked, _SENT_WORKED, _SENT_UNWORKED) * ~people.has_opted_out[lead]
    rate = np.where(people.mailbox[lead] == 3, 0.0, rate)
    row = np.repeat(np.arange(len(rate)), rng.poisson(rate))
    time = start[row] + office_time(rng.random(len(row)))
    row, time = _in_order(lead, row, time)
    alive = time >= people.created[lead[row]]
    row, time = row[alive], time[alive]
    leaves = rng.random(len(row)) < np.asarray(_UNSUBSCRIBED)[intent[row]]
    last = leaves | people.has_bad_address[lead[row]]
    sent = _up_to_first(lead[row], last)
    row, time, leaves = row[sent], time[sent], leaves[sent]
    who, state = lead[row], intent[row]
    campaign = codes_of(CAMPAIGNS)[rng.choice(len(CAMPAIGNS), len(row), p=_CAMPAIGN_WEIGHTS)]
    bounced = people.has_bad_address[who]
    delay = 60 + rng.exponential(3600 * 5, len(row)).astype(np.int64)
    left = leaves & ~bounced
    return _joined(
        Log.of(who, time, "Email sent", campaign),
        Log.of(who[bounced], time[bounced] + 2 + delay[bounced] % 50, "Email bounced",
               campaign[bounced]),
        Log.of(who[left], time[left] + delay[left], "Unsubscribed", campaign[left]),
        _reactions(rng, who, time, state, campaign, people.activity[who], ~bounced),
        _robots(rng, who, time, people.is_scanned[who] & ~bounced),
    )  # fmt: skip


def _in_order(lead: Indices, row: Indices, time: Indices) -> tuple[Indices, Indices]:
    order = np.lexsort((time, lead[row]))
    return row[order], time[order]


def _up_to_first(lead: Indices, last: Flags) -> Flags:
    """Return which rows come no later than their lead's first `last` row; rows are in order."""
    if len(lead) == 0:
        return last
    is_first = np.concatenate([[True], lead[1:] != lead[:-1]])
    before: Indices = np.cumsum(last) - last
    return np.asarray(before == before[is_first][np.cumsum(is_first) - 1])


def _reactions(
    rng: np.random.Generator,
    who: Indices,
    time: Indices,
    intent: Indices,
    campaign: Indices,
    activity: Floats,
    arrived: Flags,
) -> Log:
    """Draw opens (some of them repeated) and, after an open, clicks."""
    p_open = np.clip(np.asarray(_OPENED)[intent] * np.sqrt(activity), 0, 0.95)
    opened = np.flatnonzero(arrived & (rng.random(len(who)) < p_open))
    n_opens = 1 + rng.poisson(_REOPENED, len(opened))
    wait = 20 + rng.exponential(3600 * _OPEN_HOURS, len(opened))
    at = time[opened] + wait.astype(np.int64)
    again = np.repeat(np.arange(len(opened)), n_opens - 1)
    later = at[again] + 600 + rng.exponential(3600 * 20, len(again)).astype(np.int64)
    clicked = np.flatnonzero(rng.random(len(opened)) < np.asarray(_CLICKED)[intent[opened]])
    click_at = at[clicked] + 3 + rng.exponential(_CLICK_SECONDS, len(clicked)).astype(np.int64)
    link = codes_of(_LINKS)[rng.choice(len(_LINKS), len(clicked))]
    return _joined(
        Log.of(who[opened], at, "Email opened", campaign[opened]),
        Log.of(who[opened][again], later, "Email opened", campaign[opened][again]),
        Log.of(who[opened][clicked], click_at, "Email clicked", link),
    )


def _robots(rng: np.random.Generator, who: Indices, time: Indices, scanned: Flags) -> Log:
    """Draw bursts of 3 to 7 clicks on different links, 1 to 15 seconds after the e-mail."""
    hit = np.flatnonzero(scanned & (rng.random(len(who)) < _SCANNED))
    n_links = rng.integers(3, _MAX_BURST + 1, len(hit))
    of = np.repeat(np.arange(len(hit)), n_links)
    nth = np.arange(len(of)) - (np.cumsum(n_links) - n_links)[of]
    link = codes_of(_LINKS)[(nth + hit[of]) % len(_LINKS)]
    at = time[hit][of] + 1 + rng.integers(0, 3, len(hit))[of] + rng.integers(0, 12, len(of))
    return Log.of(who[hit][of], at, "Email clicked", link, is_robot=True)


def _joined(*logs: Log) -> Log:
    return Log(
        lead=np.concatenate([log.lead for log in logs]),
        time=np.concatenate([log.time for log in logs]),
        activity=np.concatenate([log.activity for log in logs]),
        subject=np.concatenate([log.subject for log in logs]),
        value=np.concatenate([log.value for log in logs]),
        is_robot=np.concatenate([log.is_robot for log in logs]),
    )
