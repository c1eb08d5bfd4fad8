"""From arrays to the tables a CRM exports, with the dirt a CRM has.

It adds missing values, spellings and names; it decides nothing about behaviour or outcome.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from leadscore.simulation.aftermath import Answers, Deals
from leadscore.simulation.log import SUBJECTS, Log
from leadscore.simulation.paths import Paths
from leadscore.simulation.people import Firms, People
from leadscore.simulation.vocabulary import (
    ACTIVITIES,
    CONSUMER_MAILBOXES,
    COUNTRIES,
    DISPOSABLE_MAILBOX,
    FRENCH_SPEAKING,
    INDUSTRIES,
    JOB_TITLES,
    LOST_REASONS,
    SENIORITIES,
    VERDICTS,
)
from leadscore.simulation.weeks import Floats, Indices
from leadscore.simulation.world import INTENTS, World

_NO_TITLE, _NO_EMPLOYEES, _NO_INDUSTRY, _NO_COMPANY = 0.12, 0.15, 0.06, 0.05
_STATUS = ("Open", "Won", "Lost")
_WEEK = np.timedelta64(7, "D")


@dataclass(frozen=True)
class Names:
    """Identifiers of the leads and firms of a block."""

    n_leads: int
    n_firms: int
    first_lead: int
    first_firm: int

    @cached_property
    def leads(self) -> pd.Series:
        """Lead IDs, `L0000001` being the first of the export."""
        first = self.first_lead + 1
        return pd.Series([f"L{n:07d}" for n in range(first, first + self.n_leads)], dtype="str")

    @cached_property
    def firms(self) -> pd.Series:
        """Numbers of the firms as text, at least five digits."""
        first = self.first_firm + 1
        return pd.Series([f"{n:05d}" for n in range(first, first + self.n_firms)], dtype="str")

    def of(self, lead: Indices) -> pd.Series:
        """Return the Lead IDs at positions `lead`."""
        return self.leads.take(lead).reset_index(drop=True)


def companies_table(rng: np.random.Generator, *, firms: Firms, names: Names) -> pd.DataFrame:
    """Return the firms as the CRM knows them."""
    employees = pd.array(firms.employees, dtype="Int64")
    employees[rng.random(len(firms)) < _NO_EMPLOYEES] = pd.NA
    industry = np.where(rng.random(len(firms)) < _NO_INDUSTRY, -1, firms.industry)
    return pd.DataFrame(
        {
            "Company ID": "C" + names.firms,
            "Company": "Firm " + names.firms,
            "Industry": _words(industry, [word.text for word in INDUSTRIES]),
            "Employees": employees,
            "Country": _words(firms.country, [word.text for word in COUNTRIES]),
        }
    )


def leads_table(
    rng: np.random.Generator, *, people: People, firms: Firms, names: Names, world: World
) -> pd.DataFrame:
    """Return the leads with what was known at their creation."""
    company = ("C" + names.firms).take(people.firm).reset_index(drop=True)
    unknown = (rng.random(len(people)) < 2 * _NO_COMPANY) & (people.mailbox != 0)
    unknown |= rng.random(len(people)) < _NO_COMPANY / 5
    opt_out = np.where(people.has_opted_out, "Yes", "No")
    return pd.DataFrame(
        {
            "Lead ID": names.leads,
            "Created": _moments(people.created, world),
            "Company ID": company.mask(unknown),
            "Job Title": _job_titles(rng, people.seniority),
            "Email Domain": _email_domains(rng, people, names),
            "Language": _languages(rng, people, firms),
            "Channel": _words(people.channel, [channel.name for channel in world.channels]),
            "Product": _words(people.product, [item.name for item in world.products]),
            "Owner": _words(
                rng.integers(0, world.n_reps, len(people)),
                [f"Rep {n + 1:02d}" for n in range(world.n_reps)],
            ),
            "Email Opt Out": pd.Series(opt_out, dtype="str"),
        }
    )


def events_table(log: Log, *, names: Names, world: World) -> pd.DataFrame:
    """Return the activity log."""
    value = pd.array(log.value, dtype="Int64")
    value[log.value < 0] = pd.NA
    return pd.DataFrame(
        {
            "Lead ID": names.of(log.lead),
            "Time": _moments(log.time, world),
            "Activity": _words(log.activity, ACTIVITIES),
            "Subject": _words(log.subject, SUBJECTS),
            "Value": value,
        }
    )


def bots_table(log: Log, *, names: Names, world: World) -> pd.DataFrame:
    """Return the events that no person made, as `events_table` words them, in its order."""
    rows = np.flatnonzero(log.is_robot)
    return pd.DataFrame(
        {
            "lead_id": names.of(log.lead[rows]),
            "occurred_at": _moments(log.time[rows], world),
            "type": _words(log.activity[rows], ACTIVITIES),
            "subject": _words(log.subject[rows], SUBJECTS),
        }
    )


def deals_table(deals: Deals, *, paths: Paths, names: Names, world: World) -> pd.DataFrame:
    """Return how each lead stands at the end of the history."""
    return pd.DataFrame(
        {
            "Lead ID": names.leads,
            "Status": _words(paths.status, _STATUS),
            "Closed": _moments(paths.closed, world).where(paths.closed >= 0),
            "Amount": deals.amount,
            "Reason": _words(deals.reason, LOST_REASONS),
        }
    )


def feedback_table(
    answers: Answers, *, owners: pd.Series, names: Names, world: World
) -> pd.DataFrame:
    """Return the reps' verdicts."""
    return pd.DataFrame(
        {
            "Lead ID": names.of(answers.lead),
            "Time": _moments(answers.time, world),
            "Rep": owners.take(answers.lead).reset_index(drop=True),
            "Verdict": _words(answers.answer, VERDICTS),
        }
    )


def nps_table(answers: Answers, *, names: Names, world: World) -> pd.DataFrame:
    """Return the customers' satisfaction scores."""
    return pd.DataFrame(
        {
            "Lead ID": names.of(answers.lead),
            "Time": _moments(answers.time, world),
            "Score": answers.answer,
        }
    )


def truth_table(paths: Paths, p_won: Floats, *, names: Names, world: World) -> pd.DataFrame:
    """Return the exact probability at every Monday snapshot, sorted by lead and date."""
    rows = np.flatnonzero(~np.isnan(p_won))
    rows = rows[np.lexsort((paths.week[rows], paths.lead[rows]))]
    start = np.datetime64(world.start_seconds, "s").astype("datetime64[us]")
    return pd.DataFrame(
        {
            "lead_id": names.of(paths.lead[rows]),
            "as_of": pd.Series(start + paths.week[rows] * _WEEK).dt.tz_localize("UTC"),
            "p_won": p_won[rows],
        }
    )


def truth_leads_table(
    paths: Paths, *, people: People, firms: Firms, names: Names
) -> pd.DataFrame:  # fmt: skip
    """Return what no CRM column shows of each lead."""
    start, end = np.zeros(len(people), np.int64), np.zeros(len(people), np.int64)
    end[paths.lead] = paths.intent
    start[paths.lead[::-1]] = paths.intent[::-1]
    was_worked = np.zeros(len(people), np.bool_)
    was_worked[paths.lead[paths.is_worked]] = True
    return pd.DataFrame(
        {
            "lead_id": names.leads,
            "fit": people.fit,
            "activity": people.activity,
            "seniority": _words(people.seniority, [word.text for word in SENIORITIES]),
            "industry": _words(firms.industry[people.firm], [word.text for word in INDUSTRIES]),
            "is_scanned": people.is_scanned,
            "start_intent": _words(start, INTENTS),
            "end_intent": _words(end, INTENTS),
            "was_worked": was_worked,
        }
    )


def _words(codes: Indices, words: Sequence[str]) -> pd.Series:
    """Turn positions into words; -1 is missing."""
    return pd.Series(pd.array([*words, None], dtype="str").take(codes))


def _moments(seconds: Indices, world: World) -> pd.Series:
    moments = (seconds + world.start_seconds).astype("datetime64[s]").astype("datetime64[us]")
    return pd.Series(moments).dt.tz_localize("UTC")


def _job_titles(rng: np.random.Generator, seniority: Indices) -> pd.Series:
    """Draw titles as people type them: mixed languages and capitals, 12 % missing."""
    titles = [JOB_TITLES[word.text] for word in SENIORITIES]
    table = [spell(title) for group in titles for title in group for spell in _SPELLINGS]
    first = np.cumsum([0, *(len(group) for group in titles)])
    size = np.diff(first)[seniority]
    title = first[:-1][seniority] + np.floor(rng.random(len(seniority)) * size).astype(np.int64)
    spelling = rng.choice(len(_SPELLINGS), len(seniority), p=_SPELLING_SHARES)
    code = title * len(_SPELLINGS) + spelling
    return _words(np.where(rng.random(len(code)) < _NO_TITLE, -1, code), table)


def _email_domains(rng: np.random.Generator, people: People, names: Names) -> pd.Series:
    """Return the firm's own domain, a consumer's, a disposable one, or nothing."""
    weights = np.array([word.weight for word in CONSUMER_MAILBOXES])
    consumer = rng.choice(len(weights), len(people), p=weights / weights.sum())
    code = np.select([people.mailbox == 1, people.mailbox == 2], [consumer, len(weights)], -1)
    words = [*(word.text for word in CONSUMER_MAILBOXES), DISPOSABLE_MAILBOX]
    own = ("firm" + names.firms + ".example").take(people.firm).reset_index(drop=True)
    return own.where(people.mailbox == 0, _words(code, words))


def _languages(rng: np.random.Generator, people: People, firms: Firms) -> pd.Series:
    spoken = np.array([word.text in FRENCH_SPEAKING for word in COUNTRIES])
    p_french = np.where(spoken[firms.country[people.firm]], 0.88, 0.04)
    return _words((rng.random(len(people)) >= p_french).astype(np.int64), ("fr", "en"))


def _plain(title: str) -> str:
    return title


def _without_accents(title: str) -> str:
    return title.translate(str.maketrans("éèÉôç", "eeEoc"))


_SPELLINGS = (_plain, str.lower, str.upper, _without_accents, str.title)
_SPELLING_SHARES = (0.62, 0.16, 0.07, 0.10, 0.05)
