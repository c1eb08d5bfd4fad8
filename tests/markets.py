"""Markets in miniature: a synthetic snapshots table, and a simulated CRM as the ingest stage hands it on."""

import numpy as np
import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.history.features import Feature
from leadscore.history.log import DAY, EventTable
from leadscore.scoring.view import Sources
from tests.fakes import order_of, seconds

MARKET_FEATURES = (
    Feature("act_demo_request_count_30d", "number", "Demo requested: {value:.0f} in 30 days", "demo"),
    Feature("act_demo_request_recency_days", "number", "Demo requested: last {value:.0f} days ago", "demo"),
    Feature("lead_channel", "category", "Channel: {value}", "channel"),
    Feature("lead_age_days", "number", "lead is {value:.0f} days old", "age"),
)  # fmt: skip


MARKET_UNTIL = pd.Timestamp("2026-06-01", tz="UTC")


def market(n_leads=900, *, signal=1.0, seed=1, until_day=400):
    """Return a snapshots table of one look a lead, over some 400 days, with features that tell or not.

    The true log-odds of a win are -1, plus `signal` times (2 for a referral, -1 for ads, and half a
    point a demo above one); with `signal` 0 nothing tells. The grid's points follow the demos only.
    Every look is mature at `MARKET_UNTIL`.
    """
    draw = np.random.default_rng(seed)
    demos = draw.poisson(1.0, n_leads).astype(float)
    channel = draw.choice(["ads", "fair", "referral"], n_leads)
    fit = 2.0 * (channel == "referral") - (channel == "ads")
    z = -1.0 + signal * (fit + 0.5 * (demos - 1))
    order = np.sort(draw.integers(0, until_day * DAY, n_leads)) + seconds("2025-01-01")
    recency = np.where(demos > 0, draw.uniform(0, 30, n_leads), np.nan)
    age, won = draw.uniform(0, 100, n_leads), draw.random(n_leads) < 1 / (1 + np.exp(-z))
    # Wins come within the 28 days of `fakes.small_settings`; every second other lead closes, too.
    ends = np.where(np.arange(n_leads) % 2 == 0, draw.uniform(1, 80, n_leads), np.nan)
    closed_after_days = np.where(won, draw.uniform(1, 27, n_leads), ends)
    return pd.DataFrame(
        {
            "lead_id": pd.Series([f"L{i:04d}" for i in range(n_leads)], dtype="str"),
            "as_of": pd.Series(pd.to_datetime(order, unit="s", utc=True)).dt.as_unit("us"),
            "order": order,
            "age_days": age,
            "label": won.astype(float),
            "is_mature": True,
            "closed_after_days": closed_after_days,
            "closed_won": won,
            "act_demo_request_count_30d": demos,
            "act_demo_request_recency_days": recency,
            "lead_channel": pd.Series(channel, dtype="str"),
            "grid_points": np.minimum(40.0 * demos, 100.0),
        }
    ).assign(lead_age_days=lambda t: t["age_days"])


ACTIVITIES = {
    "Email opened": ("email_opened", "E-mail opened"),
    "Email clicked": ("email_clicked", "E-mail clicked"),
    "Page viewed": ("page_view", "Page viewed"),
    "Pricing page viewed": ("pricing_view", "Pricing page viewed"),
    "Document downloaded": ("download", "Document downloaded"),
    "Demo requested": ("demo_request", "Demo requested"),
    "Meeting held": ("meeting", "Meeting held"),
}
WORLD_PROPERTIES = (
    Property("job_title", "job_title", "at_creation", "Job title"),
    Property("email_domain", "email_domain", "at_creation", "E-mail domain"),
    Property("channel", "category", "at_creation", "Channel"),
    Property("product", "category", "at_creation", "Product"),
    Property("industry", "category", "at_creation", "Industry"),
    Property("employees", "number", "at_creation", "Employees"),
)


def world_sources(block):
    """Return a simulated block as the ingest stage would hand it on."""
    firms = block.companies.rename(columns={"Industry": "industry", "Employees": "employees"})
    known = block.leads.merge(firms, on="Company ID", how="left").rename(
        columns={
            "Lead ID": "lead_id",
            "Created": "created_at",
            "Job Title": "job_title",
            "Email Domain": "email_domain",
            "Channel": "channel",
            "Product": "product",
        }
    )
    known = known.assign(
        order=order_of(known["created_at"]),
        row=np.arange(1, len(known) + 1),
        employees=known["employees"].astype(float),
    )
    created = known.set_index("lead_id")["created_at"]
    done = block.events.loc[block.events["Activity"].isin(list(ACTIVITIES))]
    kind = done["Activity"].map({word: kind for word, (kind, _) in ACTIVITIES.items()})
    deals = block.deals
    return Sources(
        leads=known[["lead_id", "created_at", "order", "row", *(p.name for p in WORLD_PROPERTIES)]],
        outcomes=pd.DataFrame(
            {
                "lead_id": deals["Lead ID"],
                "opened_at": created.reindex(deals["Lead ID"]).array,
                "status": deals["Status"].str.lower(),
                "closed_at": deals["Closed"],
                "amount": deals["Amount"].astype(float),
                "reason": deals["Reason"],
            }
        ),
        events=EventTable(
            pd.DataFrame(
                {
                    "lead_id": done["Lead ID"],
                    "occurred_at": done["Time"],
                    "type": kind.astype("str"),
                    "subject": done["Subject"],
                    "value": done["Value"].astype(float),
                }
            ).reset_index(drop=True)
        ),
        properties=WORLD_PROPERTIES,
        event_labels=dict(ACTIVITIES.values()),
        engagement_types=tuple(kind for kind, _ in ACTIVITIES.values()),
    )
