"""One lead told, in miniature: by the planted grid of `fakes`, with history, leads alike and counterfactuals."""

import dataclasses

import pandas as pd

from leadscore.domain.settings import Thresholds
from leadscore.metrics import rate
from leadscore.review.lead import Issued, LeadTold
from leadscore.scoring.counterfactuals import Counterfactual, WhatIfs
from leadscore.scoring.explained import Standing
from leadscore.scoring.grid.tracing import trace_lead
from leadscore.scoring.reasoning import Reason
from leadscore.scoring.similar import Similar
from leadscore.scoring.steps import Step
from tests import fakes

AS_OF = fakes.utc("2026-03-01 12:00:00")
EVIL = "<script>alert('x')</script>"
DEMO = Step("event", "demo_request", "Demo requested")
GONE = Step("event", "unsubscribe", "Unsubscribed")
SIZE = Step("property", "employees", "Employees", 120.0, "120")


def standing(**changes):
    told = Standing(
        score=54.5, tier="warm", probability=0.121, trend="improving", earlier_score=47.25, opinion="model",
        reasons_for=(Reason("Demo requested: 2 in 30 days", 12.4), Reason("Channel: Referral", 3.0)),
        reasons_against=(Reason("Employees: 3", -4.0),), is_disqualified=False,
    )  # fmt: skip
    return dataclasses.replace(told, **changes)


def trace(channel="referral"):
    properties = pd.DataFrame({"channel": [channel], "age_days": [60.0]})
    return trace_lead(
        fakes.grid(), properties, None, lead_id="a", as_of=AS_OF, engagement_types=(), known_types=("demo_request",)
    )  # fmt: skip


def history(*scores):
    weeks = range(len(scores))
    return [
        Issued(
            AS_OF - pd.Timedelta(days=7 * (len(scores) - 1 - i)), score, "warm", "model", "ab" * 32
        )
        for i, score in zip(weeks, scores, strict=True)
    ]


def lead_told(**changes):
    what_ifs = WhatIfs(
        (
            Counterfactual((DEMO,), 71.2, 16.7, "hot", True),
            Counterfactual((SIZE, DEMO), 66.0, 11.5, "hot", True),
        ),
        (Counterfactual((GONE,), 42.0, -12.5, "cold", True),),
        tried=9, pairs_tried=0,
    )  # fmt: skip
    told = LeadTold(
        lead_id="a", source="demo", as_of=AS_OF, standing=standing(), thresholds=Thresholds(hot=65.0, warm=50.0),
        decision_id="0003", bundle_sha256="ab" * 32, history=history(50.0, 61.5, 54.5),
        similar=Similar(rate(30, 200), 54.5, 5.0, 90, "own"), grid=fakes.grid(), trace=trace(), what_ifs=what_ifs,
        labels={"channel": "Channel", "demo_request": "Demo requested"}, notes=(),
    )  # fmt: skip
    return dataclasses.replace(told, **changes)
