"""The written export reads back as the tables, and a broken run leaves no trace."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from leadscore.adapters import crm_export
from leadscore.adapters.crm_export import EXPORT_FILES, TRUTH_FILES, write_export
from leadscore.domain.errors import InputError
from leadscore.simulation.blocks import simulate_blocks
from leadscore.simulation.world import default_world

WORLD = default_world()


def export(folder: Path, *, seed: int = 1) -> dict[str, int]:
    """Write 120 leads below `folder`."""
    return write_export(WORLD, folder / "raw", folder / "truth", n_leads=120, seed=seed)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder`, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_same_seed_gives_same_bytes_and_replaces_the_old_export(tmp_path: Path) -> None:
    export(tmp_path, seed=2)
    export(tmp_path)
    first = contents(tmp_path)
    export(tmp_path)
    assert contents(tmp_path) == first
    assert set(first) == {f"raw/{n}" for n in EXPORT_FILES} | {f"truth/{n}" for n in TRUTH_FILES}


def test_files_read_back_as_the_tables(tmp_path: Path) -> None:
    n_rows = export(tmp_path)
    block = next(simulate_blocks(WORLD, n_leads=120, seed=1))
    for name in EXPORT_FILES:
        table = getattr(block, Path(name).stem)
        read = pd.read_csv(tmp_path / "raw" / name, dtype="str")
        assert read.columns.tolist() == table.columns.tolist()
        assert len(read) == len(table) == n_rows[Path(name).stem]
        assert (read.isna().sum() == table.isna().sum()).all()
    titles = pd.read_csv(tmp_path / "raw" / "leads.csv")["Job Title"]
    pd.testing.assert_series_equal(titles, block.leads["Job Title"])


def test_times_are_iso_utc_to_the_second(tmp_path: Path) -> None:
    export(tmp_path)
    times = pd.read_csv(tmp_path / "raw" / "events.csv", dtype="str")["Time"]
    assert times.str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()


def test_truth_is_parquet_with_microseconds(tmp_path: Path) -> None:
    export(tmp_path)
    schema = pq.read_schema(tmp_path / "truth" / "truth.parquet")
    assert schema.names == ["lead_id", "as_of", "p_won"]
    assert str(schema.field("as_of").type) == "timestamp[us, tz=UTC]"


def test_progress_counts_leads(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_export(
        WORLD, tmp_path / "a", tmp_path / "b", n_leads=100, seed=1,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen == [(100, 100)]


def test_a_broken_run_keeps_the_old_export_and_no_leftovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(tmp_path)
    before = contents(tmp_path)

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(crm_export, "append_csv", full_disk)
    with pytest.raises(OSError, match="no space"):
        export(tmp_path, seed=9)
    assert contents(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw", "truth"]


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match=r"thesis\.docx"):
        export(tmp_path)
    assert (tmp_path / "raw" / "thesis.docx").exists()


def test_truth_inside_the_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two separate folders"):
        write_export(WORLD, tmp_path, tmp_path / "truth", n_leads=100, seed=1)
