"""Issued scores: a partition is written once, whole, and believed only with its manifest."""

import json

import pandas as pd
import pytest

from leadscore.adapters import issued as room
from leadscore.adapters.files import read_table
from leadscore.domain.errors import InputError
from leadscore.scoring.nightly import score_open_leads
from tests.fakes import scorer_by_grid, utc

MONDAY = utc("2026-03-02")
INPUTS = {"as_of": "2026-03-02", "bundle_sha256": "0" * 64}


@pytest.fixture(scope="module")
def table(world, world_settings):
    from leadscore.scoring.scorer import Issue

    about = Issue(world_settings.thresholds.initial, "0001", "0" * 64, 2, 5.0)
    scored, _ = score_open_leads(
        scorer_by_grid(),
        world,
        world_settings,
        shape="events",
        as_of=MONDAY,
        until=MONDAY,
        about=about,
    )
    return scored


@pytest.fixture
def folder(tmp_path, table):
    path = room.partition(tmp_path, as_of=MONDAY, inputs=INPUTS)
    room.write_partition(path, table, inputs=INPUTS, counts={"scored": len(table)})
    return path


def test_a_partition_holds_the_table_its_import_and_a_manifest(folder, table):
    assert sorted(p.name for p in folder.iterdir()) == [
        "MANIFEST.json",
        "crm.csv",
        "scores.parquet",
    ]
    assert room.is_whole(folder)
    pd.testing.assert_frame_equal(room.read_partition(folder), table)
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    assert manifest["inputs"] == INPUTS
    assert manifest["counts"] == {"scored": len(table)}


def test_the_place_says_the_day_and_everything_that_decides_the_bytes(tmp_path):
    first = room.partition(tmp_path, as_of=MONDAY, inputs=INPUTS)
    assert first.parent.name == "as_of=2026-03-02"
    assert first == room.partition(tmp_path, as_of=MONDAY, inputs=dict(reversed(INPUTS.items())))
    other = {**INPUTS, "bundle_sha256": "1" * 64}
    assert first != room.partition(tmp_path, as_of=MONDAY, inputs=other)


def test_a_source_without_dates_has_a_place_too(tmp_path):
    place = room.partition(tmp_path, as_of=pd.NaT, inputs=INPUTS)
    assert place.parent.name == "as_of=undated"


def test_the_same_inputs_write_the_same_bytes(folder, table, tmp_path):
    again = tmp_path / "again"
    room.write_partition(again, table, inputs=INPUTS, counts={"scored": len(table)})
    for name in ("MANIFEST.json", "crm.csv", "scores.parquet"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_a_folder_without_a_manifest_is_not_there(tmp_path, folder):
    assert not room.is_whole(tmp_path / "nowhere")
    (folder / "MANIFEST.json").unlink()
    assert not room.is_whole(folder)
    with pytest.raises(InputError, match="no manifest"):
        room.read_partition(folder)


@pytest.mark.parametrize("name", ["crm.csv", "scores.parquet"])
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_partition_is_refused(folder, name, damage):
    path = folder / name
    content = path.read_bytes()
    path.unlink()
    if damage == "changed":
        path.write_bytes(content[:-1] + b"?")
    for reading in (room.is_whole, room.read_partition):
        with pytest.raises(InputError) as refused:
            reading(folder)
        assert refused.value.code == "issued-damaged"
        assert name in str(refused.value)
        assert "leadscore score" in refused.value.fix


@pytest.mark.parametrize("manifest", ["{", "[]", "{}", '{"members": {}}', '{"members": 3}'])
def test_a_manifest_that_vouches_for_nothing_is_refused(folder, manifest):
    (folder / "MANIFEST.json").write_text(manifest)
    with pytest.raises(InputError):
        room.is_whole(folder)


def test_a_table_that_is_none_is_not_written(tmp_path, table):
    with pytest.raises(InputError, match="tier"):
        room.write_partition(tmp_path / "p", table.assign(tier="boiling"), inputs=INPUTS, counts={})
    assert list(tmp_path.iterdir()) == []


def test_a_fault_while_writing_leaves_no_partition(tmp_path, table, monkeypatch):
    def fails(_rows):
        raise OSError("disk full")

    monkeypatch.setattr(room, "to_csv", fails)
    with pytest.raises(OSError, match="disk full"):
        room.write_partition(tmp_path / "p", table, inputs=INPUTS, counts={})
    assert list(tmp_path.iterdir()) == []


def test_the_newest_partition_is_that_of_the_latest_day(tmp_path, table):
    assert room.newest(tmp_path) is None
    days = ["2026-03-02", "2026-02-23", "2026-03-01"]
    for day in days:
        place = room.partition(tmp_path, as_of=utc(day), inputs={"as_of": day})
        room.write_partition(place, table, inputs={"as_of": day}, counts={})
    assert room.newest(tmp_path).parent.name == "as_of=2026-03-02"
    half = room.partition(tmp_path, as_of=utc("2026-12-31"), inputs={})
    half.mkdir(parents=True)
    assert room.newest(tmp_path).parent.name == "as_of=2026-03-02"


def test_the_import_has_a_row_a_lead_in_the_tables_order(folder, table):
    rows = pd.read_csv(folder / "crm.csv")
    assert rows["lead_id"].tolist() == table["lead_id"].tolist()
    assert set(rows["as_of"]) == {"2026-03-02T00:00:00Z"}
    whole = read_table(folder / "scores.parquet", fix="x")
    assert rows["probability"].tolist() == whole["probability"].round(4).tolist()
