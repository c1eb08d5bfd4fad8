"""Writing without halves, and reading that refuses what was damaged."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leadscore.adapters import files
from leadscore.domain.errors import InputError
from tests.markets import market


def listed(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_folder_is_there_whole_when_the_block_ends(tmp_path):
    with files.whole_folder(tmp_path / "out") as filling:
        (filling / "a").write_text("1")
        assert not (tmp_path / "out").exists()
    assert listed(tmp_path) == ["out"]
    assert (tmp_path / "out/a").read_text() == "1"


def test_a_new_folder_replaces_the_old_one_and_all_in_it(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old").write_text("0")
    with files.whole_folder(tmp_path / "out") as filling:
        (filling / "new").write_text("1")
    assert listed(tmp_path / "out") == ["new"]
    assert listed(tmp_path) == ["out"]


@pytest.mark.parametrize("fault", [OSError("disk full"), KeyboardInterrupt()])
def test_a_fault_while_filling_leaves_the_old_folder_and_no_rest(tmp_path, fault):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old").write_text("0")

    def fill():
        with files.whole_folder(tmp_path / "out") as filling:
            (filling / "new").write_text("1")
            raise fault

    with pytest.raises(type(fault)):
        fill()
    assert listed(tmp_path) == ["out"]
    assert listed(tmp_path / "out") == ["old"]


def test_a_fault_in_the_very_swap_puts_the_old_folder_back(tmp_path, monkeypatch):
    """The second rename of the swap fails: the first one is undone."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old").write_text("0")
    rename, calls = Path.rename, []

    def fails_once(self, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError("no such luck")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises(OSError, match="luck"), files.whole_folder(tmp_path / "out"):
        pass
    assert listed(tmp_path) == ["out"]
    assert listed(tmp_path / "out") == ["old"]


def test_json_is_the_same_whatever_the_order_of_keys_and_refuses_nan():
    assert files.to_json({"b": 1, "a": "é"}) == '{\n  "a": "é",\n  "b": 1\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.to_json({"a": float("nan")})


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "missing-file"), (b"{", "bad-json"), (b"\xff{}", "bad-json"), (b"", "bad-json")],
)
def test_json_that_cannot_be_read_is_refused_in_one_line(tmp_path, content, code):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        files.read_json(path, fix="write it again")
    assert refused.value.code == code
    assert str(path) in str(refused.value)
    assert "write it again" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_table_comes_back_as_it_was(tmp_path):
    table = market(20).assign(
        none=pd.Series([None] * 20, dtype="str"), nan=np.nan, flag=[True, False] * 10
    )
    files.write_table(tmp_path / "t.parquet", table)
    again = files.read_table(tmp_path / "t.parquet", fix="x")
    pd.testing.assert_frame_equal(again, table)
    two = files.read_table(tmp_path / "t.parquet", columns=["lead_id", "as_of"], fix="x")
    assert two.columns.tolist() == ["lead_id", "as_of"]


def test_the_same_table_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        files.write_table(tmp_path / name, market(20))
    assert files.sha256_of(tmp_path / "a") == files.sha256_of(tmp_path / "b")


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(InputError, match="run it first") as refused:
        files.read_table(tmp_path / "t.parquet", fix="run it first")
    assert refused.value.code == "missing-file"


def test_a_flipped_byte_in_a_page_is_refused_or_changes_nothing(tmp_path):
    """The page's checksum covers its content; what is left of a page header is never read."""
    path, table = tmp_path / "t.parquet", market(20)
    files.write_table(path, table)
    whole = path.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    n_refused = 0
    for at in range(4, footer, 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        try:
            again = files.read_table(path, fix="x")
        except InputError:
            n_refused += 1
        else:
            pd.testing.assert_frame_equal(again, table)
    assert n_refused > 0.5 * len(range(4, footer, 7))


def test_a_damaged_footer_is_no_traceback(tmp_path):
    """The footer has no checksum: a flip there may go unseen, but never ends in another error."""
    path = tmp_path / "t.parquet"
    files.write_table(path, market(5))
    whole = path.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    n_refused = 0
    for at in range(footer, len(whole), 23):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x04]) + whole[at + 1 :])
        try:
            files.read_table(path, fix="x")
        except InputError:
            n_refused += 1
    assert n_refused > 0


@pytest.mark.parametrize("content", [b"", b"PAR1", b"lead_id\na\n", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_what_is_no_parquet_is_refused(tmp_path, content):
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        files.read_table(path, fix="x")
    assert refused.value.code == "damaged-table"


def test_hashes_are_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256_of(tmp_path / "a").startswith("ba7816bf8f01cfea")
    assert json.loads(files.to_json([1])) == [1]
