"""The doors from tables to issued scores, on 800 simulated leads and the project's own configuration."""

import dataclasses
import json

import pytest

from leadscore.adapters.issued import read_partition
from leadscore.domain import schemas
from leadscore.domain.errors import GateError, InputError
from leadscore.stages import score, snapshot, train
from tests.fakes import utc
from tests.ingested import ingested

MONDAY = utc("2026-03-02")


@pytest.fixture(scope="module")
def workspace(world, world_until, world_settings, tmp_path_factory):
    home = ingested(tmp_path_factory.mktemp("project"), world, world_until)
    snapshot.run(home, world_settings)
    train.run(home, world_settings)
    return home


def test_snapshots_and_evidence_fit_their_schemas(workspace):
    schemas.check(schemas.SNAPSHOTS, workspace.table("snapshots", "snapshots"))
    assert workspace.json("snapshots", "leakage") == []
    names = {f.name for f in workspace.features()}
    assert names <= set(workspace.table("snapshots", "snapshots").columns)
    assert workspace.json("evidence", "training")["opinion"] in ("model", "grid", "base_rate")


def test_training_again_writes_the_same_bytes(workspace, world_settings):
    before = {name: workspace.hash_of(name) for name in ("bundle", "evidence")}
    train.run(workspace, world_settings)
    assert {name: workspace.hash_of(name) for name in ("bundle", "evidence")} == before


def test_a_score_is_written_once_and_a_second_run_touches_nothing(workspace, world_settings):
    first = score.run(workspace, world_settings, as_of=MONDAY)
    stamps = {p: p.stat().st_mtime_ns for p in first.iterdir()}
    assert score.run(workspace, world_settings, as_of=MONDAY) == first
    assert {p: p.stat().st_mtime_ns for p in first.iterdir()} == stamps
    table = read_partition(first)
    assert json.loads((first / "MANIFEST.json").read_text())["counts"]["scored"] == len(table)


def test_other_thresholds_are_another_run_beside_the_first(workspace, world_settings):
    first = score.run(workspace, world_settings, as_of=MONDAY)
    stricter = world_settings.model_copy(
        update={"score": world_settings.score.model_copy(update={"reasons_per_sign": 1})}
    )
    other = score.run(workspace, stricter, as_of=MONDAY)
    assert other != first
    assert other.parent == first.parent


def test_without_a_date_the_moment_of_the_export_is_scored(workspace, world_settings, world_until):
    place = score.run(workspace, world_settings)
    assert place.parent.name == f"as_of={world_until:%Y-%m-%d}"
    assert (read_partition(place)["as_of"] == world_until).all()


def test_a_damaged_partition_is_refused_and_not_written_over(workspace, world_settings):
    place = score.run(workspace, world_settings, as_of=utc("2026-03-09"))
    (place / "crm.csv").write_text("lead_id\n")
    with pytest.raises(InputError) as refused:
        score.run(workspace, world_settings, as_of=utc("2026-03-09"))
    assert refused.value.code == "issued-damaged"
    assert (place / "crm.csv").read_text() == "lead_id\n"


def test_a_leak_stops_before_any_snapshot(tmp_path, world, world_until, world_settings):
    """A property that holds the outcome itself, mapped by mistake."""
    from tests.fakes import category

    told = world.outcomes["status"].mask(world.outcomes["status"] == "open")
    leaking = dataclasses.replace(
        world,
        leads=world.leads.assign(stage=told.astype("str")),
        properties=(*world.properties, category("stage", known="as_exported")),
    )
    home = ingested(tmp_path, leaking, world_until)
    with pytest.raises(GateError, match="stage: answers alone") as stopped:
        snapshot.run(home, world_settings)
    assert stopped.value.code == "leakage"
    assert not home.folders["snapshots"].exists()


def test_before_the_training_there_is_nothing_to_score_with(
    tmp_path, world, world_until, world_settings
):
    home = ingested(tmp_path, world, world_until)
    with pytest.raises(InputError, match="leadscore train"):
        score.run(home, world_settings, as_of=MONDAY)
    assert not home.folders["issued"].exists()
