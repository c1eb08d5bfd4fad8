"""Issued scores: a partition is written once, whole, and believed only with its manifest."""

import json
import os
import shutil

import pandas as pd
import pytest

from leadscore.adapters import issued as room
from leadscore.adapters import issued_rows
from leadscore.adapters.files import read_table
from leadscore.domain.errors import InputError
from leadscore.scoring.whole_night import score_open_leads
from tests.fakes import scorer_by_grid, utc

MONDAY = utc("2026-03-02")
INPUTS = {"as_of": "2026-03-02", "bundle_sha256": "0" * 64}


@pytest.fixture(scope="module")
def table(world, world_settings):
    from leadscore.scoring.issuing import Issue

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
    def fails(*_rows, **_keys):
        raise OSError("disk full")

    monkeypatch.setattr(issued_rows, "to_csv", fails)
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


def runs_of(root, table, *decisions):
    """Write runs of one moment under these decisions, in this order; return their folders."""
    folders = []
    for decision in decisions:
        inputs = {**INPUTS, "decision_id": decision}
        folders.append(room.partition(root, as_of=MONDAY, inputs=inputs))
        room.write_partition(folders[-1], table, inputs=inputs, counts={})
    return folders


def touched_in_reverse(folders):
    for seconds, folder in enumerate(reversed(folders), start=1):
        os.utime(folder / "MANIFEST.json", (seconds, seconds))


def test_runs_of_a_moment_follow_the_order_of_issue_and_not_their_files_times(tmp_path, table):
    folders = runs_of(tmp_path, table, "0007", "0003", "0005")
    touched_in_reverse(folders)
    assert [folder for _, folder in room.dated(tmp_path)] == folders
    assert room.newest(tmp_path) == folders[-1]
    moved = shutil.copytree(tmp_path, tmp_path.parent / "moved")
    assert [folder.name for _, folder in room.dated(moved)] == [f.name for f in folders]


def test_without_an_order_the_later_decision_is_the_later_run(tmp_path, table):
    """Manifests of partitions written before there was one."""
    folders = runs_of(tmp_path, table, "0001", "0002", "0003")
    for folder in folders:
        path = folder / "MANIFEST.json"
        manifest = json.loads(path.read_text("utf-8"))
        manifest = {key: manifest[key] for key in ("inputs", "counts", "members")}
        path.write_text(json.dumps(manifest), "utf-8")
    touched_in_reverse(folders)
    assert room.newest(tmp_path) == folders[-1]
    (again,) = runs_of(tmp_path, table, "0000")
    assert room.newest(tmp_path) == again


def test_the_later_moment_of_a_day_is_newer_however_late_an_earlier_one_was_scored(tmp_path, table):
    places = []
    for hour in ("18:00", "06:00"):
        inputs = {**INPUTS, "as_of": f"2026-03-02 {hour}:00+00:00"}
        places.append(room.partition(tmp_path, as_of=utc(f"2026-03-02 {hour}"), inputs=inputs))
        room.write_partition(places[-1], table, inputs=inputs, counts={})
    assert room.newest(tmp_path) == places[0]


def test_the_import_has_a_row_a_lead_in_the_tables_order(folder, table):
    rows = pd.read_csv(folder / "crm.csv")
    assert rows["lead_id"].tolist() == table["lead_id"].tolist()
    assert set(rows["as_of"]) == {"2026-03-02T00:00:00Z"}
    whole = read_table(folder / "scores.parquet", fix="x")
    assert rows["probability"].tolist() == whole["probability"].round(4).tolist()


def test_the_import_is_the_same_however_many_rows_are_written_at_once(tmp_path, table, monkeypatch):
    inputs = {"as_of": "2026-03-02", "bundle_sha256": "b"}
    written = []
    for rows in (1, 2, 1_000):
        monkeypatch.setattr(issued_rows, "_ROWS_AT_ONCE", rows)
        room.write_partition(
            tmp_path / str(rows) / "run=1", table, inputs=inputs, counts={"open": 2}
        )
        written.append((tmp_path / str(rows) / "run=1/crm.csv").read_bytes())
    assert len(table) > 1
    assert len(set(written)) == 1
