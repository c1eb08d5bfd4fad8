"""What a lead does, given its hidden states: the point process behind the activity log.

Rates depend on intent, on being worked and on the lead's overall activity, never on the outcome;
so, given the state, no event tells more about the future than the state itself.
"""

from dataclasses import dataclass

import numpy as np

from leadscore.simulation.emails import draw_emails
from leadscore.simulation.log import Log, code_of, codes_of, merged
from leadscore.simulation.paths import Paths
from leadscore.simulation.people import People
from leadscore.simulation.rhythm import office_time, share_of_week_before, visitor_time
from leadscore.simulation.vocabulary import DOCUMENTS, FORMS, PAGE_WEIGHTS, PAGES, WEBINARS
from leadscore.simulation.weeks import WEEK_SECONDS, Calendar, Flags, Floats, Indices
from leadscore.simulation.world import World

_VISITS = (0.10, 0.44, 0.90, 1.30)
_PAGES_PER_VISIT = (0.5, 1.2, 2.0, 2.6)
_SECONDS_ON_PAGE = (25.0, 45.0, 80.0, 110.0)
_DOWNLOADS = (0.012, 0.065, 0.130, 0.130)
_WEBINARS = (0.006, 0.022, 0.030, 0.020)
_FORMS = (0.004, 0.012, 0.020, 0.030)
_CALLS = (0.55, 0.70, 0.95, 1.10)
_MEETINGS = (0.02, 0.07, 0.22, 0.42)
_DOCUMENT_WEIGHTS = (
    (0.52, 0.26, 0.14, 0.06, 0.02),
    (0.38, 0.26, 0.20, 0.12, 0.04),
    (0.18, 0.20, 0.26, 0.24, 0.12),
    (0.08, 0.12, 0.24, 0.30, 0.26),
)
_WEBINAR_WEIGHTS = ((0.7, 0.2, 0.1), (0.5, 0.3, 0.2), (0.2, 0.3, 0.5), (0.1, 0.3, 0.6))


@dataclass(frozen=True)
class _Weeks:
    """The lead-weeks in which events can happen, one row each."""

    lead: Indices
    start: Indices
    intent: Indices
    is_worked: Flags
    has_demo: Flags
    season: Floats
    activity: Floats


def draw_activity(
    rng: np.random.Generator, *, people: People, paths: Paths, world: World, calendar: Calendar
) -> Log:
    """Draw the whole activity log of a block.

    Returns
    -------
    Log
        Sorted by lead and time, every event from the lead's creation to before its closing and
        before the end of the history.
    """
    rows = np.flatnonzero(paths.week < world.n_weeks)
    lead = paths.lead[rows]
    weeks = _Weeks(
        lead=lead,
        start=paths.week[rows] * WEEK_SECONDS,
        intent=paths.intent[rows],
        is_worked=paths.is_worked[rows],
        has_demo=paths.has_demo[rows],
        season=calendar.activity[paths.week[rows]],
        activity=people.activity[lead],
    )
    logs = [
        draw_emails(
            rng, lead=lead, start=weeks.start, intent=weeks.intent, worked=weeks.is_worked,
            people=people,
        ),
        _page_views(rng, weeks),
        _counted(rng, weeks, _DOWNLOADS, "Document downloaded", DOCUMENTS, _DOCUMENT_WEIGHTS),
        _counted(rng, weeks, _WEBINARS, "Webinar attended", WEBINARS, _WEBINAR_WEIGHTS),
        _counted(rng, weeks, _FORMS, "Form submitted", FORMS[:3], None),
        _demo_requests(rng, weeks, people),
        _sales_work(rng, weeks, _CALLS, "Call logged"),
        _sales_work(rng, weeks, _MEETINGS, "Meeting held"),
        _creation_forms(rng, people, world),
    ]  # fmt: skip
    end = np.where(paths.closed < 0, world.n_weeks * WEEK_SECONDS, paths.closed)
    return merged(logs, first=people.created, end=end)


def _page_views(rng: np.random.Generator, weeks: _Weeks) -> Log:
    """Draw visits of one or more pages; the next page follows the seconds spent on the last."""
    rate = np.asarray(_VISITS)[weeks.intent] * weeks.activity * weeks.season
    visit = np.repeat(np.arange(len(rate)), rng.poisson(rate))
    n_pages = 1 + rng.poisson(np.asarray(_PAGES_PER_VISIT)[weeks.intent[visit]])
    begin = weeks.start[visit] + visitor_time(rng.random(len(visit)))
    of = np.repeat(np.arange(len(visit)), n_pages)
    row = visit[of]
    seconds = np.exp(rng.normal(np.log(np.asarray(_SECONDS_ON_PAGE))[weeks.intent[row]], 0.9))
    seconds = np.clip(seconds, 2, 1800).astype(np.int64)
    total = np.cumsum(seconds)
    first = np.cumsum(n_pages) - n_pages
    spent_before = total - seconds - (total - seconds)[first][of]
    page = choose_by_intent(rng, weeks.intent[row], PAGE_WEIGHTS)
    pricing = page == PAGES.index("/pricing")
    return Log(
        lead=weeks.lead[row],
        time=begin[of] + spent_before,
        activity=np.where(pricing, code_of("Pricing page viewed"), code_of("Page viewed")),
        subject=codes_of(PAGES)[page],
        value=seconds,
        is_robot=np.zeros(len(row), dtype=np.bool_),
    )


def _counted(
    rng: np.random.Generator,
    weeks: _Weeks,
    rates: tuple[float, ...],
    activity: str,
    subjects: tuple[str, ...],
    weights: tuple[tuple[float, ...], ...] | None,
) -> Log:
    """Draw single actions of a visitor at a rate by intent."""
    rate = np.asarray(rates)[weeks.intent] * np.sqrt(weeks.activity) * weeks.season
    row = np.repeat(np.arange(len(rate)), rng.poisson(rate))
    table = weights or ((1.0,) * len(subjects),) * 4
    subject = codes_of(subjects)[choose_by_intent(rng, weeks.intent[row], table)]
    time = weeks.start[row] + visitor_time(rng.random(len(row)))
    return Log.of(weeks.lead[row], time, activity, subject)


def _demo_requests(rng: np.random.Generator, weeks: _Weeks, people: People) -> Log:
    """Draw one request in each week whose path has one, after the creation of the lead."""
    row = np.flatnonzero(weeks.has_demo)
    created = people.created[weeks.lead[row]] - weeks.start[row]
    before = np.where(created > 0, share_of_week_before(np.maximum(created, 0)), 0.0)
    time = visitor_time(before + (1 - before) * rng.random(len(row)))
    time = weeks.start[row] + np.maximum(time, created)
    return Log.of(weeks.lead[row], time, "Demo requested", None)


def _sales_work(
    rng: np.random.Generator, weeks: _Weeks, rates: tuple[float, ...], activity: str
) -> Log:
    """Draw calls or meetings: only while sales works the lead, only in office hours."""
    rate = np.asarray(rates)[weeks.intent] * weeks.is_worked
    row = np.repeat(np.arange(len(rate)), rng.poisson(rate))
    time = weeks.start[row] + office_time(rng.random(len(row)))
    return Log.of(weeks.lead[row], time, activity, None)


def _creation_forms(rng: np.random.Generator, people: People, world: World) -> Log:
    """Draw the form through which a lead came, at the second of its creation."""
    share = np.array([channel.form_share for channel in world.channels])[people.channel]
    lead = np.flatnonzero(rng.random(len(people)) < share)
    subject = codes_of(FORMS)[rng.integers(0, len(FORMS), len(lead))]
    return Log.of(lead, people.created[lead], "Form submitted", subject)


def choose_by_intent(
    rng: np.random.Generator, intent: Indices, weights: tuple[tuple[float, ...], ...]
) -> Indices:
    """Draw one column per row of `intent` from the weights of that intent."""
    table = np.asarray(weights)
    edges = np.cumsum(table / table.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    below = edges[intent] <= rng.random(len(intent))[:, None]
    return np.asarray(below.sum(axis=1), dtype=np.int64)
