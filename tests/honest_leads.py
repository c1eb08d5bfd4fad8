"""An invented CRM in which nothing leaks: columns of all kinds, honest to different degrees.

Leads come over two years; some columns tell who wins, some drift with time, some are hardly filled
in, none knows the outcome. Tests plant one leak in it, or none.
"""

import functools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.history.log import DAY, EventLog
from tests.fakes import seconds, settings

LIMITS = settings().leakage
START, DAYS = seconds("2024-01-01"), 730
UNTIL = pd.Timestamp(START + DAYS * DAY, unit="s", tz="UTC")
JOBS = [
    "Sales manager",
    "CEO",
    "Responsable achats",
    "Student",
    "Ingénieur",
    "Customer care",
    "CTO",
]


@dataclass(frozen=True)
class World:
    """Tables as the ingest stage hands them on, and the generator they were drawn with."""

    properties: tuple
    leads: pd.DataFrame
    outcomes: pd.DataFrame
    events: pd.DataFrame
    draw: np.random.Generator
    changes: pd.DataFrame | None = None

    @property
    def won(self):
        return (self.outcomes["status"] == "won").to_numpy()

    @property
    def is_closed(self):
        return (self.outcomes["status"] != "open").to_numpy()

    @property
    def age(self):
        """Days from creation to closing (to the export while open)."""
        end = self.outcomes["closed_at"].fillna(UNTIL)
        return ((end - self.leads["created_at"]).dt.total_seconds() / DAY).to_numpy()

    def log(self):
        return EventLog.from_table(self.events, self.leads["lead_id"])

    def having(self, name, values, *, kind="category", known="at_creation", excluded=None):
        """Return the world with one more column."""
        column = (
            pd.Series(values, dtype="float64")
            if kind in ("number", "flag")
            else pd.Series(values, dtype="str")
        )
        label = name.replace("_", " ").capitalize()
        return replace(
            self,
            leads=self.leads.assign(**{name: column}),
            properties=(*self.properties, Property(name, kind, known, label, excluded)),
        )

    def with_events(self, rows, at, kind, subject=None):
        """Return the world with one more event for each of these leads, at these seconds."""
        more = event_rows(self.leads["lead_id"].to_numpy(object)[rows], at, kind, subject)
        return replace(self, events=pd.concat([self.events, more], ignore_index=True))


def moments(at):
    return pd.Series(pd.to_datetime(np.asarray(at), unit="s", utc=True)).dt.as_unit("us")


def event_rows(lead_id, at, kind, subject=None):
    return pd.DataFrame(
        {
            "lead_id": pd.Series(lead_id, dtype="str"),
            "occurred_at": moments(np.asarray(at, dtype=np.int64)),
            "type": pd.Series([kind] * len(lead_id), dtype="str"),
            "subject": pd.Series([subject] * len(lead_id), dtype="str"),
            "value": np.full(len(lead_id), np.nan),
        }
    )


def world(seed, **how):
    """Return an honest world, drawn once per seed, with a generator of its own for what is planted."""
    return replace(_drawn(seed, **how), draw=np.random.default_rng((seed, 1)))


@functools.cache
def _drawn(seed, *, n=3000, base=0.2, drift=0.0, has_events=True, n_more=0):
    """Return `n` leads, won with chance `base` on the average; `n_more` further columns of noise."""
    draw = np.random.default_rng(seed)
    created = np.sort(START + draw.integers(0, DAYS * DAY, n))
    fair = draw.random(n) < 0.02  # a list from a trade fair: one second for all of it
    created[fair] = np.sort(created)[n // 3]
    by_time = np.argsort(created, kind="stable")
    created, time = created[by_time], np.linspace(-1, 1, n)
    quality = draw.normal(size=n)
    z = np.log(base / (1 - base)) + quality + drift * time
    z = z - np.log(np.mean(1 / (1 + np.exp(-z))) / base) * (1 if base < 0.5 else 0)
    wins = draw.random(n) < 1 / (1 + np.exp(-z))
    lasting = draw.lognormal(np.where(wins, 3.6, 4.1), 0.9) * DAY
    closed = created + np.maximum(lasting, 3600).astype(np.int64)
    is_open = closed >= START + DAYS * DAY
    status = np.where(is_open, "open", np.where(wins, "won", "lost"))
    ids = np.array([f"L{i:06d}" for i in range(n)], dtype=object)
    leads = pd.DataFrame(
        {
            "lead_id": pd.Series(ids, dtype="str"),
            "created_at": moments(created),
            "order": created,
            "row": np.arange(n) + 1,
        }
    )
    outcomes = pd.DataFrame(
        {
            "lead_id": pd.Series(ids, dtype="str"),
            "status": pd.Series(status, dtype="str"),
            "closed_at": moments(np.where(is_open, 0, closed)).mask(is_open),
        }
    )
    nothing = event_rows(ids[:0], [], "none")
    made = World((), leads, outcomes, nothing, draw)
    for name, values, kind, known in columns_of(draw, quality, time, n, n_more):
        made = made.having(name, values, kind=kind, known=known)
    return replace(made, events=events_of(made, created, closed, quality)) if has_events else made


def columns_of(draw, quality, time, n, n_more):
    """Yield name, values, kind and since when known of the honest columns."""

    def gaps(values, share):
        return np.where(draw.random(n) < share, None, np.asarray(values, dtype=object))

    def cut(noise, names):
        rank = np.argsort(np.argsort(quality + noise * draw.normal(size=n)))
        return np.asarray(names, dtype=object)[rank * len(names) // n]

    exported, creation = "as_exported", "at_creation"
    yield (
        "channel",
        cut(1.0, ["ads", "fair", "organic", "partner", "referral"]),
        "category",
        creation,
    )
    yield "industry", gaps(cut(3.0, [f"sector {i}" for i in range(12)]), 0.2), "category", creation
    yield "city", draw.choice([f"city {i}" for i in range(300)], n), "category", exported
    yield "job_title", gaps(cut(2.0, JOBS), 0.3), "job_title", creation
    yield "employees", np.round(draw.lognormal(4 + 0.5 * quality, 1)), "number", creation
    yield "budget", gaps(draw.lognormal(9 + quality, 1), 0.85), "number", creation
    has_phone = draw.random(n) < 1 / (1 + np.exp(-quality))  # given by those who mean it
    yield "phone_line", np.where(has_phone, "given", None), "category", exported
    yield "opt_out", (draw.random(n) < 0.1).astype(float), "flag", creation
    yield (
        "price_index",
        100 + 20 * time + draw.normal(size=n),
        "number",
        creation,
    )  # moves with time
    yield "form_version", (time * 4 + 4).astype(int).astype(str), "category", creation
    yield "consent", np.where(time > 0.2, draw.choice(["yes", "no"], n), None), "category", exported
    yield "old_field", np.where(time < -0.5, draw.choice(["x", "y"], n), None), "category", exported
    yield "profile_colour", draw.choice(["red", "blue"], n), "category", exported
    yield "remark", [f"remark {i} about a contract" for i in range(n)], "category", exported
    for i in range(n_more):
        values = draw.normal(size=n) if i % 2 else draw.integers(0, 3 + i % 40, n).astype(str)
        kind = "number" if i % 2 else "category"
        yield (
            f"extra_{i}",
            gaps(values, draw.random() * 0.95),
            kind,
            (creation, exported)[i % 3 == 0],
        )


def events_of(made, created, closed, quality):
    """Return events: at creation, while open by quality, newsletters to all, a few before and after."""
    draw, n = made.draw, len(created)
    ids = made.leads["lead_id"].to_numpy(object)
    end = np.minimum(closed, START + DAYS * DAY)
    parts = [event_rows(ids, created, "form_submitted")]
    for kind, mean in (("page_view", 4.0), ("call", 1.0), ("meeting", 0.4), ("demo", 0.2)):
        lead = np.repeat(np.arange(n), draw.poisson(mean * np.exp(0.4 * quality)))
        at = created[lead] + draw.random(len(lead)) * (end - created)[lead]
        parts.append(event_rows(ids[lead], at.astype(np.int64), kind))
    lead = draw.integers(0, n, n // 10)
    parts.append(event_rows(ids[lead], created[lead] - 3 * DAY, "page_view"))
    for day in range(30, DAYS, 90):  # one second for everybody, also for those that have closed
        at = START + day * DAY + 36_000
        lead = np.flatnonzero(created < at)
        parts.append(event_rows(ids[lead], np.full(len(lead), at), "newsletter"))
    stages = ["qualified", "proposal", "negotiation"]
    for k, stage in enumerate(stages):
        lead = np.flatnonzero(draw.random(n) < 0.5)
        at = created[lead] + (0.2 + 0.25 * k + 0.1 * draw.random(len(lead))) * (end - created)[lead]
        parts.append(event_rows(ids[lead], at.astype(np.int64), "stage_change", stage))
    return pd.concat(parts, ignore_index=True)
