"""Every counterfactual told of a hundred simulated leads is what the changed lead scores when scored anew."""

from dataclasses import replace

import numpy as np
import pytest

from leadscore.scoring.counterfactuals import OneLead, what_ifs
from leadscore.scoring.explained import standing
from leadscore.scoring.issuing import Issue
from leadscore.scoring.nightly import open_looks
from leadscore.scoring.reasoning import DISQUALIFIED, Reasoning
from leadscore.scoring.steps import event_steps, property_steps
from leadscore.scoring.thresholds import tier
from leadscore.scoring.view import view
from leadscore.scoring.whole_night import score_open_leads
from tests.one_lead import alone, known, scored_after

N_LEADS = 100
FEWEST = {"model": 200, "grid": 50}
"""Figures told of them at least: fewer would prove little. The grid has one rule on events."""


def reasons_told(standing):
    """Return the reasons for and against as issued: texts, None where there are none."""
    first = [DISQUALIFIED[standing.language]] if standing.is_disqualified else []
    return (
        "; ".join(str(reason) for reason in standing.reasons_for) or None,
        "; ".join([*first, *(str(reason) for reason in standing.reasons_against)]) or None,
    )


@pytest.fixture(scope="module")
def thresholds(world_settings):
    return world_settings.thresholds.initial


@pytest.fixture(scope="module", params=["model", "grid"])
def scorer(request, world_trained):
    """Return the scorer with each opinion leading, whichever passed its gates."""
    assert world_trained.scorer.model is not None
    return replace(world_trained.scorer, opinion=request.param)


@pytest.fixture(scope="module")
def issued(world, scorer, world_settings, world_until, thresholds):
    """Return what the night issues to all open leads, by lead."""
    about = Issue(thresholds, "0001", "0" * 64, 3, world_settings.score.trend_points)
    table, _ = score_open_leads(
        scorer, world, world_settings, shape="events", as_of=world_until,
        until=world_until, about=about,
    )  # fmt: skip
    return table.set_index("lead_id")


@pytest.fixture(scope="module")
def sample(issued):
    """Return a hundred open leads, evenly spread over the scores (all, where there are fewer)."""
    ids = issued.sort_values(["score"]).index.to_numpy()
    assert len(ids) >= N_LEADS
    return ids[np.linspace(0, len(ids) - 1, N_LEADS).astype(int)]


def _lead(world, scorer, settings, until, thresholds, lead_id):
    one = alone(world, lead_id)
    return OneLead(scorer, one, open_looks(one, shape="events", as_of=until), settings, thresholds)


def test_what_is_told_of_a_lead_is_what_was_issued(
    world, scorer, world_settings, world_until, thresholds, issued, sample
):
    for lead_id in sample[::4]:
        lead = _lead(world, scorer, world_settings, world_until, thresholds, lead_id)
        seen = view(lead.look, lead.sources, lead.scorer.grid, world_settings)
        how = Reasoning(lead.scorer, world_settings.score.reasons_per_sign)
        now = standing(how, lead.sources, lead.look, seen, world_settings, thresholds, ())
        row = issued.loc[lead_id]
        assert (now.score, now.tier, now.trend) == (row["score"], row["tier"], row["trend"])
        assert now.opinion == row["opinion"]
        assert (np.nan if now.probability is None else now.probability) == pytest.approx(
            row["probability"], rel=1e-12, nan_ok=True
        )
        told = [
            text if isinstance(text, str) else None
            for text in row[["reasons_for", "reasons_against"]]
        ]
        assert list(reasons_told(now)) == told
        assert lead.score() == row["score"]


def test_every_figure_told_is_the_score_of_the_changed_lead(
    world, scorer, world_settings, world_until, thresholds, sample
):
    n_told = 0
    for lead_id in sample:
        lead = _lead(world, scorer, world_settings, world_until, thresholds, lead_id)
        steps = event_steps(dict(world.event_labels), lead.scorer.grid)
        now = known(lead.sources, lead.look, world_settings)
        steps += property_steps(now, world.leads, world.properties, world_settings)
        found, before = what_ifs(lead, steps), lead.score()
        for told in (*found.raising, *found.lowering):
            score = scored_after(
                lead.scorer, lead.sources, told.steps, world_settings, as_of=world_until
            )
            assert told.score == score
            assert told.points == round(score - before, 1)
            assert told.tier == tier(np.array([score]), thresholds)[0]
            n_told += 1
        assert all(each.points > 0 for each in found.raising)
        assert all(each.points < 0 for each in found.lowering)
        assert len(found.raising) <= world_settings.explain.shown
    assert n_told >= FEWEST[scorer.opinion]
