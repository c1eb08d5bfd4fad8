"""A grid proposed from a workspace: judged later, dated, never written over, old days replayed."""

import numpy as np
import pandas as pd
import pytest

from leadscore.adapters.config.grids import read_grid
from leadscore.adapters.grid_approving import grid_basis_of, read_grid_proposal
from leadscore.adapters.grid_proposals import (
    new_day,
    proposal_of,
    screen,
    write_proposal,
)
from leadscore.domain.errors import InputError
from leadscore.scoring.grid.learning.looks import as_if_in_force, looks_of, scores_at
from leadscore.scoring.grid.learning.proposing import pooled, propose
from leadscore.scoring.grid.learning.telling import markdown, sheets, verdict
from leadscore.scoring.grid.parts import parts_of
from leadscore.scoring.grid.signing import signed_grid
from leadscore.simulation.blocks import simulate_blocks
from leadscore.simulation.world import default_world
from leadscore.stages import snapshot
from tests.fakes import ROOT, settings
from tests.ingested import ingested
from tests.markets import world_sources


@pytest.fixture(scope="module")
def asked():
    """Return settings by which some hundred won leads, looked at every four weeks, teach a grid."""
    learn = {**settings().grid.learn.model_dump(), "won_leads": 20}
    return settings(
        snapshots={"every_days": 28}, grid={"learn": learn}, review={"bootstrap": 100}, threads=1
    )


@pytest.fixture(scope="module")
def home(asked, world_until, tmp_path_factory):
    """Return a project of 3,000 simulated leads after its snapshot stage."""
    leads = world_sources(next(simulate_blocks(default_world(), n_leads=3000, seed=5)))
    workspace = ingested(tmp_path_factory.mktemp("project"), leads, world_until)
    snapshot.run(workspace, asked)
    return workspace


@pytest.fixture(scope="module")
def proposal(home, asked):
    return proposal_of(home, asked, file=None)


@pytest.fixture(scope="module")
def old(asked):
    return read_grid(ROOT / asked.grid.file)


def test_the_version_is_the_day_of_the_export_or_the_next_after_the_old_one(
    proposal, old, world_until
):
    assert proposal.new.version == proposal.day == max(world_until.date(), new_day(old, None))
    assert new_day(old, None) > old.version


def test_at_most_eight_criteria_and_points_in_fives(proposal, asked):
    criteria = proposal.learned.selected.criteria
    assert 1 <= len(criteria) <= asked.grid.learn.max_criteria
    begun = [rule for rule in proposal.new.rules if rule.from_ == proposal.day]
    assert begun
    assert all(rule.points % asked.grid.learn.round_to == 0 for rule in begun)


def test_every_old_rule_is_still_there_and_only_ended(proposal, old):
    now = {rule.id: rule for rule in proposal.new.rules}
    for rule in old.rules:
        assert now[rule.id].model_copy(update={"until": None}) == rule
        assert now[rule.id].until in (None, proposal.day)
    assert proposal.new.disqualifiers == old.disqualifiers
    assert proposal.new.caps == old.caps


def test_an_earlier_day_still_gives_the_old_points(proposal, old, home, asked):
    """Every look lies before the proposal's day."""
    looks = looks_of(home.table("snapshots", "snapshots"), asked, is_dated=True).table
    before, after = scores_at(looks, home.sources(), [old, proposal.new], asked)
    np.testing.assert_array_equal(before.points, after.points)


def test_the_grid_language_counts_what_was_learned(proposal, home, asked):
    looks = looks_of(home.table("snapshots", "snapshots"), asked, is_dated=True)
    known = pooled(looks, home.sources(), home.features(), proposal.old, asked, day=proposal.day)
    today = as_if_in_force(proposal.new, proposal.day)
    counted = scores_at(looks.table, home.sources(), [today], asked)[0].points
    learned = proposal.learned.points(known.pool.columns)
    np.testing.assert_allclose(counted, np.where(known.score.disqualified, 0.0, learned))


def test_grids_and_model_are_judged_on_the_same_later_leads(proposal):
    assert [f.name for f in proposal.figures] == ["hand-written", "learned"]
    assert len({f.log_loss.n for f in proposal.figures}) == 1
    assert all(g.log_loss.figure.low <= g.log_loss.figure.high for g in proposal.gaps)


def test_the_order_of_rows_changes_nothing(proposal, home, asked):
    table = home.table("snapshots", "snapshots")
    mixed = table.iloc[np.random.default_rng(1).permutation(len(table))]
    looks = looks_of(mixed, asked, is_dated=True)
    known = pooled(looks, home.sources(), home.features(), proposal.old, asked, day=proposal.day)
    again = propose(
        looks, known, proposal.old, asked, day=proposal.day, thresholds=asked.thresholds.initial
    )
    assert again.new.rules == proposal.new.rules


def test_what_comes_later_changes_no_points(proposal, home, asked):
    """Outcomes of the later window turned round: the same grid, judged differently."""
    table = home.table("snapshots", "snapshots")
    looks = looks_of(table, asked, is_dated=True)
    later = looks.table.iloc[looks.windows.rows("test")].set_index(["lead_id", "as_of"]).index
    at = pd.MultiIndex.from_frame(table[["lead_id", "as_of"]]).isin(later)
    turned = table.assign(label=table["label"].where(~at, 1 - table["label"]))
    other = looks_of(turned, asked, is_dated=True)
    known = pooled(other, home.sources(), home.features(), proposal.old, asked, day=proposal.day)
    again = propose(
        other, known, proposal.old, asked, day=proposal.day, thresholds=asked.thresholds.initial
    )
    assert again.new.rules == proposal.new.rules
    assert again.figures != proposal.figures


def written(home, asked, proposal, tmp_path):
    return write_proposal(home, asked, proposal, file=None, out=tmp_path / "new.yaml")


def test_the_file_reads_back_as_the_same_grid_and_the_page_says_how_to_sign_it(
    proposal, home, asked, tmp_path
):
    path, page = written(home, asked, proposal, tmp_path)
    assert read_grid(path) == proposal.new
    told = page.read_text("utf-8")
    assert told.startswith(markdown(proposal))
    assert f"leadscore approve {path} --by NAME --reason TEXT --only PART" in told


def test_all_parts_together_are_the_proposal_and_each_part_alone_makes_a_grid(proposal, old):
    whole = signed_grid(old, proposal.new, (), day=proposal.day, file="x").grid
    assert whole.model_copy(update={"version": proposal.day}) == proposal.new
    parts = parts_of(old, proposal.new)
    assert {rule.id for part in parts for rule in part.begun} == {
        rule.id for rule in proposal.new.rules if rule.from_ == proposal.day
    }
    for part in parts:
        alone = signed_grid(old, proposal.new, part.names[:1], day=proposal.day, file="x").grid
        before, after = ({r.id for r in grid.rules} for grid in (old, alone))
        assert after - before == {rule.id for rule in part.begun}


def test_what_learning_wrote_is_what_a_signature_asks_for(proposal, home, asked, tmp_path):
    path, _ = written(home, asked, proposal, tmp_path)
    found = read_grid_proposal(path).basis
    assert found == grid_basis_of(home, asked, home.config / asked.grid.file)
    assert found.file == asked.grid.file


def test_no_proposal_is_written_over(proposal, home, asked, tmp_path):
    (tmp_path / "new.md").write_text("signed")
    with pytest.raises(InputError) as refused:
        written(home, asked, proposal, tmp_path)
    assert refused.value.code == "file-exists"
    assert not (tmp_path / "new.yaml").exists()


def test_below_the_least_number_of_wins_the_old_grid_stays(home, asked, tmp_path):
    strict = asked.grid.learn.model_copy(update={"won_leads": 100_000})
    few = asked.model_copy(update={"grid": asked.grid.model_copy(update={"learn": strict})})
    kept = proposal_of(home, few, file=None)
    assert kept.new is None
    assert "the hand-written grid stays" in verdict(kept)
    with pytest.raises(InputError) as refused:
        written(home, asked, kept, tmp_path)
    assert refused.value.code == "nothing-proposed"


def test_half_lives_are_learned_before_the_later_window_and_shown_beside_the_rules(proposal):
    told = {(row.learned.event, row.rule) for row in proposal.fading}
    assert {("pricing_view", "pricing_view"), ("download", "content")} <= told
    assert proposal.decay.n_looks < proposal.learned.n_leads * 40
    lines = markdown(proposal)
    assert "Days until half of an event's worth is gone" in lines
    assert all(row.learned.level == 0.95 for row in proposal.fading)


def test_a_rule_that_fades_anew_is_counted_as_it_was_learned(home, asked, old):
    """The shares of the candidate are those of the grid with the other decay."""
    looks = looks_of(home.table("snapshots", "snapshots"), asked, is_dated=True)
    day = new_day(old, None)
    known = pooled(looks, home.sources(), home.features(), old, asked, day=day)
    anew = [
        (c, x) for c, x in zip(known.pool.candidates, known.pool.columns, strict=True) if c.refaded
    ]
    assert anew
    for candidate, column in anew:
        changed = old.model_copy(update={"rules": [candidate.rule]})
        (score,) = scores_at(looks.table, home.sources(), [as_if_in_force(changed, day)], asked)
        np.testing.assert_allclose(column, score.trace[:, 0] / candidate.rule.points)


def test_every_change_and_every_old_rule_is_told(proposal, old):
    named = {change.rule_id for change in proposal.changes}
    assert named >= {rule.id for rule in old.rules}
    assert {row.rule_id for row in proposal.evidence} == {rule.id for rule in old.rules}
    assert len(sheets(proposal)) == 5
    assert screen(proposal).renderables
