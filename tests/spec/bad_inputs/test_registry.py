"""Bad inputs 118, 121, 122 and 132: bundles nobody signed, champions that move, a registry that is gone."""

import shutil
import socket
import time
from contextlib import contextmanager

import pytest

from leadscore.adapters import nights
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.issued import inputs_of, read_partition, warnings_of
from leadscore.adapters.registry import copies, server
from leadscore.adapters.registry.record import record_of, signed_lines
from leadscore.stages import score, snapshot, train
from tests.bad_inputs import is_clear, stops
from tests.fakes import ROOT, utc
from tests.ingested import ingested
from tests.promotions import promoted, retired, rolled_back, signature

MONDAY = utc("2026-03-02")


@pytest.fixture(scope="module")
def trained(world, world_until, world_settings, tmp_path_factory):
    """Return a project with two trainings: `models/bundle`, and another one beside it in `other`."""
    home = ingested(tmp_path_factory.mktemp("project"), world, world_until)
    snapshot.run(home, world_settings)
    for seed in (2, 1):
        train.run(home, world_settings.model_copy(update={"seed": seed}))
        if seed == 2:
            shutil.copytree(home.root / "models", home.root / "other")
    return home


@pytest.fixture
def home(trained, tmp_path, monkeypatch):
    """Return a copy of the project, without an MLflow store."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return Workspace(shutil.copytree(trained.root, tmp_path / "project"), ROOT)


def other_training(home):
    """Let the other training be the newest one."""
    shutil.rmtree(home.root / "models/bundle")
    shutil.rmtree(home.root / "models/evidence")
    shutil.copytree(home.root / "other", home.root / "models", dirs_exist_ok=True)


def scored(home, settings):
    """Score one Monday; return the partition and who scored it."""
    folder = score.run(home, settings, as_of=MONDAY)
    return folder, inputs_of(folder)


@contextmanager
def a_server_that_never_answers():
    """Give the address of a socket that takes connections and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(50)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_118_what_nobody_promoted_does_not_score(home, world_settings):
    _, inputs = scored(home, world_settings)
    assert inputs["champion"] is None
    assert inputs["opinion"] in ("grid", "base_rate")


def test_118_the_copy_of_another_bundle_stops_though_it_is_whole(home, world_settings):
    """Signed was one bundle; in its place lies another, undamaged one, and no MLflow has the first."""
    line = promoted(home, world_settings).line
    other_training(home)
    copy = copies.home_of(home, "demo", line.bundle_sha256) / "bundle"
    shutil.rmtree(copy)
    shutil.copytree(home.root / "models/bundle", copy)
    error = stops("champion-lost", scored, home, world_settings)
    assert str(error.file) == str(record_of(home.root, "demo"))
    assert "the signed one is" in str(error)
    assert not home.folders["issued"].exists()


@pytest.mark.parametrize("blank", [{"by": " "}, {"reason": ""}])
def test_118_a_promotion_without_name_or_reason_stops(blank):
    stops("not-signed", signature, **blank)


def test_118_a_gate_not_passed_stops_unless_it_is_named(home, world_settings):
    strict = world_settings.gates.model_copy(update={"min_won": 100_000})
    settings = world_settings.model_copy(update={"gates": strict})
    train.run(home, settings)
    from leadscore.adapters.registry import examining, promoting

    examined = examining.examine(home, settings, "challenger")
    error = stops(
        "not-promotable", promoting.promote, home, "demo", examined, signature(), exit_code=4
    )
    assert '--despite "enough won leads"' in error.fix
    assert signed_lines(home.root, "demo") == []
    typo = signature(["enough won lead"])
    is_clear_stop = stops("unknown-gate", promoting.promote, home, "demo", examined, typo)
    assert "enough won leads" in is_clear_stop.fix
    line = promoted(home, settings).line
    assert "enough won leads" in line.despite
    assert not set(line.despite) & set(line.passed)


def test_121_the_champion_is_pinned_when_the_run_starts(home, world_settings, monkeypatch):
    """While a night is scored, somebody promotes another bundle: this night keeps its champion."""
    first = promoted(home, world_settings).line
    onto, moved = nights.WholeNight.onto, []

    def meanwhile(*arguments, **keys):
        if not moved:
            other_training(home)
            moved.append(promoted(home, world_settings).line)
        return onto(*arguments, **keys)

    monkeypatch.setattr(nights.WholeNight, "onto", meanwhile)
    folder, inputs = scored(home, world_settings)
    assert inputs["champion"] == inputs["bundle_sha256"] == first.bundle_sha256
    assert set(read_partition(folder)["bundle_sha256"]) == {first.bundle_sha256}
    assert moved[0].bundle_sha256 != first.bundle_sha256
    assert scored(home, world_settings)[1]["champion"] == moved[0].bundle_sha256


def test_121_without_a_champion_before_there_is_nothing_to_roll_back_to(home, world_settings):
    stops("no-previous", rolled_back, home, world_settings)
    promoted(home, world_settings)
    error = stops("no-previous", rolled_back, home, world_settings)
    is_clear(error, "no-previous", file=str(record_of(home.root, "demo")))
    assert "leadscore retire" in error.fix


def test_121_without_a_champion_there_is_nothing_to_retire(home, world_settings):
    stops("no-champion", retired, home, world_settings)
    assert not record_of(home.root, "demo").exists()


def test_121_after_a_retirement_the_grid_scores_until_a_rollback_or_a_promotion(
    home, world_settings
):
    line = promoted(home, world_settings).line
    gone = retired(home, world_settings, by="Bob", reason="no longer trusted").line
    assert (gone.act, gone.bundle_sha256) == ("retire", line.bundle_sha256)
    folder, inputs = scored(home, world_settings)
    assert (inputs["champion"], inputs["opinion"]) == (None, "grid")
    assert set(read_partition(folder)["opinion"]) == {"grid"}
    back = rolled_back(home, world_settings).line
    assert scored(home, world_settings)[1]["champion"] == back.bundle_sha256 == line.bundle_sha256
    retired(home, world_settings)
    again = promoted(home, world_settings)
    assert again.is_new
    assert scored(home, world_settings)[1]["champion"] == line.bundle_sha256
    acts = [each.act for each in signed_lines(home.root, "demo")]
    assert acts == ["promote", "retire", "rollback", "retire", "promote"]


def test_121_where_nothing_could_score_afterwards_the_champion_stays(home, world_settings):
    """A machine that only scores holds the champion's copy, and no newest training."""
    promoted(home, world_settings)
    before = record_of(home.root, "demo").read_bytes()
    shutil.rmtree(home.root / "models/bundle")
    stops("missing-file", retired, home, world_settings)
    assert record_of(home.root, "demo").read_bytes() == before


def test_122_the_champion_again_is_a_warning_and_no_second_line(home, world_settings):
    promoted(home, world_settings)
    before = record_of(home.root, "demo").read_bytes()
    again = promoted(home, world_settings, by="Bob")
    assert not again.is_new
    assert "the challenger is the champion: nothing to promote" in again.warnings
    assert record_of(home.root, "demo").read_bytes() == before


def test_122_a_retirement_killed_before_mlflow_is_in_force_and_again_is_no_second_line(
    home, world_settings, monkeypatch
):
    promoted(home, world_settings)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(server, "ask", killed)
        with pytest.raises(KeyboardInterrupt):
            retired(home, world_settings)
    before = record_of(home.root, "demo").read_bytes()
    assert scored(home, world_settings)[1]["champion"] is None
    again = retired(home, world_settings, by="Bob")
    assert not again.is_new
    assert "the champion is retired already: nothing to retire" in again.warnings
    assert record_of(home.root, "demo").read_bytes() == before


def test_132_with_the_server_hung_the_cached_champion_scores_and_nothing_is_asked(
    home, world_settings, monkeypatch
):
    line = promoted(home, world_settings).line
    with a_server_that_never_answers() as uri:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        folder, inputs = scored(home, world_settings)
    assert inputs["champion"] == line.bundle_sha256
    assert warnings_of(folder) == []


def test_132_a_lost_copy_and_a_hung_server_cost_ten_seconds_and_stop(
    home, world_settings, monkeypatch
):
    line = promoted(home, world_settings).line
    shutil.rmtree(copies.home_of(home, "demo", line.bundle_sha256))
    other_training(home)
    import mlflow  # its import is no waiting

    with a_server_that_never_answers() as uri:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        began = time.monotonic()
        error = stops("champion-lost", scored, home, world_settings)
        assert time.monotonic() - began < 20  # ten of waiting, and a busy machine
    mlflow.set_tracking_uri(None)
    assert "leadscore rollback" in error.fix


def test_132_a_damaged_copy_comes_back_from_the_newest_training_where_that_is_the_same(
    home, world_settings
):
    line = promoted(home, world_settings).line
    folder = copies.home_of(home, "demo", line.bundle_sha256) / "bundle"
    (folder / "scorer.json").write_text("{}")
    assert scored(home, world_settings)[1]["champion"] == line.bundle_sha256
    assert copies.is_kept(home, "demo", line.bundle_sha256)


def test_132_a_night_that_did_without_the_shadow_is_marked_degraded(home, world_settings):
    promoted(home, world_settings)
    other_training(home)
    (home.root / "models/bundle/scorer.json").write_text("{}")
    folder, _ = scored(home, world_settings)
    (told,) = warnings_of(folder)
    assert told.startswith("degraded: without shadow scores of the challenger")
    assert len(read_partition(folder)) > 0
    assert not home.folders["shadow"].exists()
