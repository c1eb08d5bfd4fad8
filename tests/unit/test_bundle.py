"""The bundle: what was trained comes back exactly, and nothing damaged is ever parsed."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from leadscore.adapters import bundle as room
from leadscore.adapters.bundle import read_bundle, write_bundle
from leadscore.adapters.files import sha256_of, to_json
from leadscore.adapters.sealed import sealed
from leadscore.domain.errors import InputError
from leadscore.scoring import model as trees_room
from leadscore.scoring.blend.levels import NO_LEVELS, Level, Levels, Trial
from leadscore.scoring.described import golden_rows
from leadscore.scoring.reasons import ReasonWords
from tests.fakes import plain_grid

MEMBERS = [
    "calibration.json",
    "encoder.json",
    "golden.json",
    "grid.yaml",
    "logistic.json",
    "model.txt",
    "scorer.json",
    "typical.json",
]


def written(folder, market, *, scorer=None):
    scorer = scorer or market.trained.scorer
    nothing = np.empty((0, 0)), np.empty(0)
    golden = golden_rows(market.trained, market.snapshots) if scorer.model else nothing
    return write_bundle(
        folder, scorer, grid_source=plain_grid(), golden=golden, about={"source": "test"},
        typical=market.trained.typical,
    )  # fmt: skip


@pytest.fixture(scope="module")
def good(market_trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles") / "bundle"
    written(folder, market_trained)
    return folder


@pytest.fixture
def copy(good, tmp_path):
    return shutil.copytree(good, tmp_path / "bundle", symlinks=True)


@pytest.fixture
def nothing_parsed(monkeypatch):
    """Fail the test if LightGBM, the grid's reader or an encoder sees a byte."""

    def parsed(*_args, **_kwargs):
        raise AssertionError("parsed before the hashes were checked")

    monkeypatch.setattr(trees_room.lgb, "Booster", parsed)
    monkeypatch.setattr(room, "read_bundled", parsed)
    monkeypatch.setattr(room.Encoder, "from_dict", parsed)


def refused(folder):
    with pytest.raises(InputError) as error:
        read_bundle(folder)
    assert "\n" not in str(error.value)
    assert str(folder) in str(error.value)
    assert error.value.fix
    return error.value


def test_the_scorer_comes_back_with_equal_probabilities(good, market_trained):
    rows = market_trained.snapshots
    points = rows["grid_points"].to_numpy()
    first, again = market_trained.trained.scorer, read_bundle(good).scorer
    for opinion in ("model", "grid", "base_rate"):
        was, now = (
            dataclasses.replace(s, opinion=opinion).probability(rows, points)
            for s in (first, again)
        )
        assert now.tolist() == was.tolist()
    assert again == first


def test_the_hash_is_the_manifests_and_the_same_scorer_gives_the_same(
    good, market_trained, tmp_path
):
    again = written(tmp_path / "again", market_trained)
    bundle = read_bundle(good)
    assert bundle.sha256 == again == sha256_of(good / "manifest.json")
    assert bundle.manifest["source"] == "test"
    assert bundle.manifest["trees_sha256"] == market_trained.trained.scorer.model.trees.sha256


def test_a_bundle_is_text_members_and_a_manifest_of_their_hashes(good):
    manifest = json.loads((good / "manifest.json").read_text())
    assert sorted(manifest["members"]) == MEMBERS
    for path in good.iterdir():
        path.read_text(encoding="utf-8")


def levelled(scorer):
    """Return the scorer with a level of referrals in force."""
    levels = Levels(
        (Level("lead_channel", "referral", 0.7, 0.2, 300, 90),), {"lead_channel": 0.3},
        {"lead_channel": 0.2}, Trial(0.002, 0.001, 900, 800), in_force=True,
    )  # fmt: skip
    return dataclasses.replace(scorer, model=dataclasses.replace(scorer.model, levels=levels))


def test_levels_of_segments_come_back_and_score(market_trained, tmp_path):
    scorer, rows = levelled(market_trained.trained.scorer), market_trained.snapshots
    written(tmp_path / "b", market_trained, scorer=scorer)
    again = read_bundle(tmp_path / "b").scorer
    assert again == scorer
    points = rows["grid_points"].to_numpy()
    plain = market_trained.trained.scorer.probability(rows, points)
    more = again.probability(rows, points) > plain
    assert more.tolist() == (rows["lead_channel"] == "referral").tolist()


def test_a_bundle_of_format_2_has_no_levels_and_scores_as_it_did(copy, market_trained):
    told = json.loads((copy / "calibration.json").read_text())
    del told["levels"]
    (copy / "calibration.json").write_text(to_json(told))
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["format"] = 2
    manifest["members"]["calibration.json"] = sha256_of(copy / "calibration.json")
    (copy / "manifest.json").write_text(sealed(manifest))
    model = read_bundle(copy).scorer.model
    assert model.levels == NO_LEVELS
    rows = market_trained.snapshots
    points = rows["grid_points"].to_numpy()
    was = market_trained.trained.scorer.model.probability(rows, points)
    assert model.probability(rows, points).tolist() == was.tolist()


def test_typical_values_come_back_and_belong_to_the_models_features(good, market_trained):
    typical = read_bundle(good).typical
    assert typical == market_trained.trained.typical
    assert [one.name for one in typical] == read_bundle(good).scorer.model.encoder.names


def test_a_bundle_of_format_3_has_no_typical_values_and_its_reasons_no_comparison(
    copy, market_trained
):
    encoder = json.loads((copy / "encoder.json").read_text())
    for feature in encoder["features"]:
        feature.pop("fact", None)
    (copy / "encoder.json").write_text(to_json(encoder))
    (copy / "typical.json").unlink()
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["format"] = 3
    del manifest["members"]["typical.json"]
    manifest["members"]["encoder.json"] = sha256_of(copy / "encoder.json")
    (copy / "manifest.json").write_text(to_json(manifest))
    read = read_bundle(copy)
    assert read.typical == ()
    kept = read.scorer.model.encoder
    at = kept.names.index("lead_channel")
    phrases = [
        ReasonWords(kept, typical).phrases(np.array([at]), np.array([0.0]))[0]
        for typical in (read.typical, market_trained.trained.typical)
    ]
    assert phrases[0].startswith("Channel: ")
    assert "typical" not in phrases[0]
    assert phrases[1].startswith(phrases[0] + " (typical")


def test_a_scorer_without_a_model_needs_no_trees(market_trained, tmp_path):
    alone = dataclasses.replace(market_trained.trained.scorer, model=None, opinion="grid")
    written(tmp_path / "b", market_trained, scorer=alone)
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == [
        "grid.yaml",
        "manifest.json",
        "scorer.json",
    ]
    assert read_bundle(tmp_path / "b").scorer == alone


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize(
    "damage", ["flipped bit", "truncated", "emptied", "missing", "symlink", "folder"]
)
def test_a_damaged_member_is_refused_before_anything_is_parsed(copy, nothing_parsed, name, damage):
    path = copy / name
    content = path.read_bytes()
    path.unlink()
    match damage:
        case "flipped bit":
            middle = len(content) // 2
            path.write_bytes(
                content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
            )
        case "truncated":
            path.write_bytes(content[:-1])
        case "emptied":
            path.write_bytes(b"")
        case "symlink":
            elsewhere = copy.parent / name
            elsewhere.write_bytes(content)
            path.symlink_to(elsewhere)
        case "folder":
            path.mkdir()
    error = refused(copy)
    assert error.code == "bundle-damaged"
    assert name in str(error)


@pytest.mark.parametrize("name", ["model.pkl", "manifest.json.bak", ".hidden"])
def test_a_file_that_the_manifest_does_not_know_is_refused(copy, nothing_parsed, name):
    (copy / name).write_text("x")
    error = refused(copy)
    assert error.code == "bundle-damaged"
    assert name in str(error)


@pytest.mark.parametrize("path", ["../scorer.json", "/etc/hostname", "sub/scorer.json"])
def test_a_manifest_cannot_name_files_outside_its_folder(copy, nothing_parsed, path):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["members"][path] = "0" * 64
    (copy / "manifest.json").write_text(sealed(manifest))
    with pytest.raises(InputError, match="no plain file"):
        read_bundle(copy)


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        (None, "missing-file"),
        ("", "bad-json"),
        ("[]", "bundle-format"),
        ('"text"', "bundle-format"),
        ("{}", "bundle-format"),
        ('{"format": 5}', "bundle-format"),
        ('{"format": 4}', "bundle-damaged"),
        ('{"format": 2}', "bundle-damaged"),
        ('{"format": 2, "members": []}', "bundle-damaged"),
        ('{"format": 2, "members": {}}', "bundle-damaged"),
        ('{"format": 2, "members": {"grid.yaml": 1, "scorer.json": null}}', "bundle-damaged"),
    ],
)
def test_a_manifest_that_is_none_is_refused(copy, nothing_parsed, manifest, code):
    (copy / "manifest.json").unlink()
    if manifest is not None:
        (copy / "manifest.json").write_text(manifest)
    assert refused(copy).code == code


def test_a_flipped_bit_of_the_manifest_is_refused(copy, good, nothing_parsed):
    whole = (good / "manifest.json").read_bytes()
    for at in range(0, len(whole), 5):
        (copy / "manifest.json").write_bytes(
            whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :]
        )
        assert refused(copy).code in ("bundle-damaged", "bundle-format", "bad-json")


def test_a_manifest_of_before_there_was_a_checksum_is_read(copy, good):
    manifest = json.loads((copy / "manifest.json").read_text())
    del manifest["checksum"]
    (copy / "manifest.json").write_text(to_json(manifest | {"format": 3}))
    assert read_bundle(copy).scorer == read_bundle(good).scorer
    (copy / "manifest.json").write_text(to_json(manifest))
    assert refused(copy).code == "bundle-damaged"


def test_a_library_that_scores_the_golden_rows_differently_is_refused(copy):
    """All hashes are right, but the probabilities kept with the rows are not what comes out."""
    golden = json.loads((copy / "golden.json").read_text())
    golden["probability"][0] += 1e-6
    (copy / "golden.json").write_text(to_json(golden))
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["members"]["golden.json"] = sha256_of(copy / "golden.json")
    (copy / "manifest.json").write_text(sealed(manifest))
    error = refused(copy)
    assert error.code == "bundle-golden"
    assert "1e-06 apart" in str(error)


def test_a_fault_while_writing_leaves_no_bundle_or_the_old_one(
    good, market_trained, tmp_path, monkeypatch
):
    old = shutil.copytree(good, tmp_path / "old")
    before = sha256_of(old / "manifest.json")

    def full(_path):
        raise OSError("disk full")

    monkeypatch.setattr(room, "sha256_of", full)
    for folder in (tmp_path / "new", old):
        with pytest.raises(OSError, match="disk full"):
            written(folder, market_trained)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["old"]
    assert sha256_of(old / "manifest.json") == before
    monkeypatch.undo()
    read_bundle(old)
