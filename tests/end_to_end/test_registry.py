"""A real MLflow server on loopback: trainings registered, promoted, rolled back; and killed meanwhile."""

import io
import json
import shutil
import sys
from contextlib import contextmanager

import pytest
from rich.console import Console

from benchmarks import registry_kills
from benchmarks.mlflow_servers import running
from leadscore.adapters import tracking
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import sha256_of
from leadscore.adapters.issued import inputs_of
from leadscore.adapters.registry import copies, examining, server
from leadscore.adapters.registry.listing import shadow_shown, versions_shown
from leadscore.adapters.registry.record import signed_lines
from leadscore.adapters.retraining import record
from leadscore.domain.errors import InputError
from leadscore.stages import score
from tests.fakes import ROOT
from tests.postgres import running_server
from tests.promotions import promoted, retired, rolled_back

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("registry")]
SETTINGS = registry_kills.small()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return a project with two trainings, `a` and `b`, and `a` the newest."""
    root = tmp_path_factory.mktemp("registry") / "project"
    registry_kills.two_trainings(root)
    registry_kills.take_turn(root, "a")
    return root


@pytest.fixture
def home(trained, tmp_path, monkeypatch):
    """Return a copy of the project; MLflow's settings are kept to the test."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name, value in tracking._DEFAULTS.items():
        monkeypatch.setenv(name, value)
    yield Workspace(shutil.copytree(trained, tmp_path / "project"), ROOT)
    if "mlflow" in sys.modules:
        sys.modules["mlflow"].set_tracking_uri(None)


@contextmanager
def database(name, tmp_path):
    """Give a database's address as MLflow takes it: SQLite below the test's folder, or PostgreSQL."""
    if name == "sqlite":
        yield f"sqlite:///{tmp_path / 'mlflow.db'}"
    else:
        with running_server() as address:
            yield address.replace("postgresql://", "postgresql+psycopg://")


def known(home):
    return server.ask(home.root, lambda client: server.versions(client, "demo"))


def aliases(home):
    """Return alias -> hash of the bundle, as MLflow has them."""
    return {alias: v.bundle_sha256 for v in known(home) for alias in v.aliases}


def newest(home):
    return sha256_of(home.file("bundle", "manifest.json"))


def shown(screen):
    """Return a screen as text on one line."""
    console = Console(width=250, file=io.StringIO(), record=True)
    console.print(screen)
    return " ".join(console.export_text().split())


def registered(home, name):
    """Let a training be the newest and register it; return its hash."""
    registry_kills.take_turn(home.root, name)
    logged = record(home, SETTINGS)
    assert logged.why_not is None
    return newest(home)


def first_and_second(home):
    """Promote `a`, then `b`; return their hashes."""
    a = registered(home, "a")
    assert aliases(home) == {"challenger": a}
    assert promoted(home, SETTINGS, reason="the first").warnings == ()
    assert aliases(home) == {"challenger": a, "champion": a}
    b = registered(home, "b")
    assert promoted(home, SETTINGS, by="Bob", reason="fresher").warnings == ()
    assert aliases(home) == {"challenger": b, "champion": b, "previous": a}
    return a, b


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_versions_are_registered_promoted_and_rolled_back_on_a_real_server(
    home, tmp_path, monkeypatch, backend
):
    with database(backend, tmp_path) as address, running(tmp_path / "server", address) as mlflow:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow.uri)
        a, b = first_and_second(home)
        tags = next(v.tags for v in known(home) if "champion" in v.aliases)
        assert (tags["promoted_by"], tags["promoted_because"]) == ("Bob", "fresher")
        assert tags["promoted_sha256"] == tags["bundle_sha256"] == b
        back = rolled_back(home, SETTINGS, by="Cleo", reason="sales complained")
        assert (back.line.bundle_sha256, back.warnings) == (a, ())
        assert aliases(home) == {"challenger": b, "champion": a}
        assert inputs_of(score.run(home, SETTINGS))["champion"] == a
        # The challenger scored the same leads, and no CRM sees it.
        (folder,) = home.folders["shadow"].glob("as_of=*/run=*")
        assert sorted(p.name for p in folder.iterdir()) == ["MANIFEST.json", "scores.parquet"]
        assert inputs_of(folder)["bundle_sha256"] == b
        assert "rank correlation" in shown(shadow_shown(home, SETTINGS))
        listed = shown(versions_shown(home, SETTINGS))
        for word in ("Cleo", "Bob", "champion", "challenger", a[:12], b[:12], "kept here"):
            assert word in listed
        lines = signed_lines(home.root, "demo")
        assert [(li.act, li.version, li.bundle_sha256) for li in lines] == [
            ("promote", "1", a), ("promote", "2", b), ("rollback", "1", a),
        ]  # fmt: skip
        lost_copies_come_back_by_their_hash(home, a)
        an_older_version_is_fetched_and_compared_as_far_as_can_be(home, b)
    the_list_works_without_the_server(home)


def lost_copies_come_back_by_their_hash(home, sha256):
    shutil.rmtree(home.folders["registry"])
    shutil.rmtree(home.folders["issued"])
    assert inputs_of(score.run(home, SETTINGS))["champion"] == sha256
    assert copies.is_kept(home, "demo", sha256)
    assert [p.name for p in home.folders["registry"].iterdir()] == ["demo"]


def an_older_version_is_fetched_and_compared_as_far_as_can_be(home, b):
    """Version 2 is no longer what models/evidence is of: nothing says how good it is on later leads."""
    registry_kills.take_turn(home.root, "a")
    examined = examining.examine(home, SETTINGS, "2")
    assert examined.candidate.bundle.sha256 == b
    assert examined.found == "models/evidence is of another training than this version"
    with pytest.raises(InputError) as refused:
        examining.examine(home, SETTINGS, "challenger")
    assert refused.value.code == "other-challenger"
    with pytest.raises(InputError) as refused:
        examining.examine(home, SETTINGS, "17")
    assert refused.value.code == "unknown-version"
    promoted(home, SETTINGS, "2")
    card = copies.home_of(home, "demo", b) / copies.CARD
    assert "## Approver\n\nAnn, on" in card.read_text("utf-8")  # the card came from MLflow


def the_list_works_without_the_server(home):
    listed = shown(versions_shown(home, SETTINGS))
    assert "from local files alone: MLflow did not answer" in listed
    assert "champion (by the record)" in listed


def test_a_version_whose_registration_did_not_end_is_not_promoted(home, tmp_path, monkeypatch):
    """The hash comes with the version: one without was made by something else, or by hand."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    registered(home, "a")

    def by_hand(client):
        return client.create_model_version("leadscore-demo", source=str(tmp_path))

    import mlflow

    by_hand(mlflow.MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}"))
    with pytest.raises(InputError) as refused:
        examining.examine(home, SETTINGS, "2")
    assert refused.value.code == "half-registered"
    assert signed_lines(home.root, "demo") == []


def test_other_bytes_under_a_signed_hash_are_not_used(home, tmp_path, monkeypatch):
    """Somebody changes the artifacts on the server, and the local copy is lost."""
    with running(tmp_path / "server") as mlflow:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow.uri)
        registered(home, "a")
        promoted(home, SETTINGS)
        registry_kills.take_turn(home.root, "b")
        shutil.rmtree(home.folders["registry"])
        (manifest,) = (tmp_path / "server/artifacts").rglob("bundle/manifest.json")
        changed = json.loads(manifest.read_text("utf-8")) | {"n_features": 7}
        manifest.write_text(json.dumps(changed), "utf-8")
        with pytest.raises(InputError, match="the signed one is") as refused:
            score.run(home, SETTINGS)
    assert refused.value.code == "champion-lost"


def test_a_retired_champion_loses_its_alias_and_comes_back_by_a_rollback(
    home, tmp_path, monkeypatch
):
    with running(tmp_path / "server") as mlflow:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow.uri)
        a, b = first_and_second(home)
        assert retired(home, SETTINGS, by="Cleo", reason="it misses exports").warnings == ()
        assert aliases(home) == {"challenger": b, "previous": b}
        assert inputs_of(score.run(home, SETTINGS))["champion"] is None
        listed = shown(versions_shown(home, SETTINGS))
        assert "no champion: the grid scores before: " in listed
        assert listed.count("by Cleo on 2026-07-01: it misses exports") == 2
        assert rolled_back(home, SETTINGS).warnings == ()
        assert aliases(home) == {"challenger": b, "champion": b, "previous": a}


@pytest.mark.parametrize("last", ["search_model_versions", "delete_registered_model_alias"])
def test_a_retirement_is_in_force_though_mlflow_is_killed_in_between(
    home, tmp_path, monkeypatch, last
):
    """The server goes before the first question or before the last write; the same command again mends it."""
    import mlflow

    with running(tmp_path / "server") as server_of_test:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server_of_test.uri)
        a = registered(home, "a")
        promoted(home, SETTINGS)
        asked = getattr(mlflow.MlflowClient, last)

        def struck(*arguments, **keys):
            server_of_test.kill()
            return asked(*arguments, **keys)

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(mlflow.MlflowClient, last, struck)
            (warning,) = retired(home, SETTINGS).warnings
        assert "`leadscore retire` again lets the alias follow" in warning
        assert inputs_of(score.run(home, SETTINGS))["champion"] is None
        server_of_test.start()
        assert aliases(home)["champion"] == a
        assert "`leadscore retire` again takes the alias away" in shown(
            versions_shown(home, SETTINGS)
        )
        again = retired(home, SETTINGS)
        assert (again.is_new, len(again.warnings)) == (False, 1)
        assert aliases(home) == {"challenger": a, "previous": a}
        assert [line.act for line in signed_lines(home.root, "demo")] == ["promote", "retire"]


def test_killed_or_hung_at_any_point_scoring_ends_by_the_champion(tmp_path, monkeypatch):
    """Three points of register, promote and score, the last one hung; `make prove` takes twenty."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    points = registry_kills.struck(
        tmp_path / "project", tmp_path / "mlflow", n_points=3, hung_every=3
    )
    assert [p.how for p in points] == ["killed", "killed", "hung"]
    assert [p.faults for p in points] == [()] * 3
