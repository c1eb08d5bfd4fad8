"""Bad inputs 112 to 117, 119, 120 and 123: bundles that were damaged, are of another make, or hide something."""

import json
import os
import shutil
from collections import Counter
from importlib.metadata import version

import pytest

from benchmarks import corruptions
from benchmarks.registry_kills import small
from leadscore.adapters.bundle import FORMAT, read_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import sha256_of, to_json
from leadscore.adapters.issued import is_whole, warnings_of
from leadscore.adapters.sealed import sealed
from leadscore.scoring import model as trees_room
from leadscore.stages import score
from tests.bad_inputs import stops
from tests.fakes import ROOT, utc

MEMBERS = ("calibration.json", "encoder.json", "golden.json", "grid.yaml", "model.txt")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a project with a bundle, and two nights scored by it."""
    root = tmp_path_factory.mktemp("bundles") / "project"
    corruptions.prepared(root)
    return root


@pytest.fixture
def home(made, tmp_path):
    return Workspace(shutil.copytree(made, tmp_path / "project"), ROOT)


@pytest.fixture
def bundle(home):
    return home.folders["bundle"]


def vouched(bundle, **changes):
    """Let the manifest vouch for the members as they are, as somebody would who forges a bundle."""
    path = bundle / "manifest.json"
    manifest = json.loads(path.read_text("utf-8")) | changes
    members = changes.get("members", manifest["members"])
    manifest["members"] = {name: sha256_of(bundle / name) for name in members}
    path.write_text(sealed(manifest), "utf-8")


def rewritten(path, change):
    """Change what a JSON file holds."""
    plain = json.loads(path.read_text("utf-8"))
    change(plain)
    path.write_text(to_json(plain), "utf-8")


def test_112_damages_of_every_file_are_refused_before_use_and_kill_no_process(made):
    """60 of each kind, in processes of their own; `make prove` does 1,000 of each."""
    found = list(corruptions.proven(made, n_of_each=60, seed=7, processes=1))
    assert [(d, o) for d, o in found if not corruptions.is_as_it_should(d, o)] == []
    assert Counter(d.kind for d, _ in found if d.kind != corruptions.NONE) == dict.fromkeys(
        corruptions.KINDS, 60
    )
    files = {d.file for d, _ in found}
    assert {f.rsplit("/", 1)[1] for f in files} >= {*MEMBERS, "manifest.json", "MANIFEST.json",
                                                   "crm.csv", "scores.parquet"}  # fmt: skip
    codes = {o.removeprefix("refused: ") for _, o in found}
    assert codes >= {"bundle-damaged", "issued-damaged"}


def test_112_scores_in_the_place_of_another_run_are_refused(home):
    """All three files were swapped, so that they fit each other, but not the place they lie in."""
    one, other = sorted(home.root.glob("data/issued/as_of=*/run=*"))
    shutil.rmtree(one)
    shutil.copytree(other, one)
    error = stops("issued-damaged", is_whole, one, place=(str(one / "MANIFEST.json"), None, None))
    assert "another run" in str(error)


@pytest.mark.parametrize("name", MEMBERS)
def test_113_a_missing_member_stops(bundle, name):
    (bundle / name).unlink()
    stops("bundle-damaged", read_bundle, bundle, place=(str(bundle / name), None, None))


def test_113_a_bundle_without_manifest_stops(bundle):
    (bundle / "manifest.json").unlink()
    stops("missing-file", read_bundle, bundle)


def test_114_a_bundle_of_a_newer_format_stops_and_says_what_it_needs(bundle):
    vouched(bundle, format=FORMAT + 1)
    error = stops("bundle-format", read_bundle, bundle)
    assert "needs a newer leadscore" in str(error)


@pytest.mark.parametrize("told", [0, -1, None, "4", 4.0, True, [4]])
def test_114_a_format_that_is_none_stops(bundle, told):
    vouched(bundle, format=told)
    stops("bundle-format", read_bundle, bundle)


def test_114_the_format_before_is_read(bundle):
    scorer = read_bundle(bundle).scorer
    rewritten(bundle / "manifest.json", lambda told: told.update(format=FORMAT - 1))
    assert read_bundle(bundle).scorer == scorer


def test_115_newer_libraries_than_those_of_the_training_are_warned_of_with_the_scores(home):
    shutil.rmtree(home.root / "config/champions")  # so that the newest bundle scores, by its grid
    vouched(home.folders["bundle"], libraries={"lightgbm": "3.3.5", "numpy": "99.0"})
    folder = score.run(home, small())
    told = f"lightgbm {version('lightgbm')} is newer than the 3.3.5 of the training"
    assert [line for line in warnings_of(folder) if "newer" in line] == [
        f"{told}; the golden rows score the same"
    ]


def test_116_other_features_than_those_of_the_training_stop(home):
    """A feature of events is no longer asked for; the bundle's encoder needs it."""
    before, settings = set(home.root.glob("data/issued/*/*")), small()
    events = settings.features.model_copy(update={"events": settings.features.events[:1]})
    other = settings.model_copy(update={"features": events})
    place = ("params.yaml", None, "features")
    error = stops("other-features", score.run, home, other, as_of=utc("2026-03-02"), place=place)
    assert "are not built now" in str(error)
    assert set(home.root.glob("data/issued/*/*")) == before


def test_117_other_golden_predictions_stop(bundle):
    rewritten(bundle / "golden.json", lambda told: told["probability"].__setitem__(0, 0.123))
    vouched(bundle)
    place = (str(bundle / "golden.json"), None, None)
    stops("bundle-golden", read_bundle, bundle, place=place)


@pytest.mark.parametrize("name", ["../model.txt", "/etc/hostname", "sub/model.txt", ".."])
def test_119_a_member_outside_the_folder_stops(bundle, name):
    path = bundle / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["members"][name] = "0" * 64
    path.write_text(sealed(manifest), "utf-8")
    assert "no plain file" in str(stops("bundle-damaged", read_bundle, bundle))


def test_119_links_and_pipes_in_the_place_of_files_stop(bundle):
    shutil.move(bundle / "model.txt", bundle.parent / "elsewhere.txt")
    (bundle / "model.txt").symlink_to(bundle.parent / "elsewhere.txt")
    stops("bundle-damaged", read_bundle, bundle)
    (bundle / "model.txt").unlink()
    os.mkfifo(bundle / "model.txt")
    stops("bundle-damaged", read_bundle, bundle)
    (bundle / "manifest.json").unlink()
    os.mkfifo(bundle / "manifest.json")  # reading it would never end
    stops("missing-file", read_bundle, bundle)


def test_119_a_name_that_stands_twice_in_the_manifest_stops(bundle):
    path = bundle / "manifest.json"
    text = path.read_text("utf-8")
    twice = text.replace('"members": {', '"members": {\n    "model.txt": "0",', 1)
    assert twice != text
    path.write_text(twice, "utf-8")
    stops("bundle-damaged", read_bundle, bundle)


HARMFUL = b"cos\nsystem\n(S'touch HURT'\ntR."
"""A pickle that makes a file where it is loaded."""


def test_120_a_pickle_beside_the_members_stops(bundle):
    (bundle / "model.pkl").write_bytes(HARMFUL)
    stops("bundle-damaged", read_bundle, bundle)


def test_120_a_pickle_the_manifest_vouches_for_stops(bundle):
    (bundle / "model.pkl").write_bytes(HARMFUL)
    vouched(bundle, members=[*MEMBERS, "logistic.json", "scorer.json", "model.pkl"])
    assert "no text" in str(stops("bundle-damaged", read_bundle, bundle))


@pytest.mark.parametrize("name", ["encoder.json", "golden.json", "scorer.json"])
def test_120_a_pickle_under_a_members_name_is_not_run(bundle, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (bundle / name).write_bytes(HARMFUL)
    vouched(bundle)
    stops("bundle-damaged", read_bundle, bundle)
    assert not (tmp_path / "HURT").exists()


@pytest.mark.parametrize("slope", [-0.5, float("inf"), float("nan")])
def test_123_a_calibration_that_keeps_no_order_stops(bundle, slope):
    path = bundle / "calibration.json"
    plain = json.loads(path.read_text("utf-8"))
    plain["platt"]["slope"] = slope
    path.write_text(json.dumps(plain), "utf-8")
    vouched(bundle)
    error = stops("bundle-damaged", read_bundle, bundle, place=(str(path), None, None))
    assert "keeps no order" in str(error)


def test_123_a_base_rate_outside_0_to_1_stops(bundle):
    rewritten(bundle / "scorer.json", lambda told: told.update(base_rate=1.2))
    vouched(bundle)
    stops("bundle-damaged", read_bundle, bundle)


def test_112_the_spy_of_the_proof_would_see_lightgbm(bundle, monkeypatch):
    """The counterpart of the first test: an undamaged bundle is parsed by LightGBM."""
    parsed, booster = [], trees_room.lgb.Booster.__init__

    def noted(self, *arguments, **named):
        parsed.append(1)
        booster(self, *arguments, **named)

    monkeypatch.setattr(trees_room.lgb.Booster, "__init__", noted)
    read_bundle(bundle)
    assert parsed
