"""Two parsers, one answer: what the fast one takes, the careful one reads alike."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.adapters.csv_rows import is_plain, split_carefully, split_fast
from leadscore.adapters.raw_files import RawFile

LINES = st.lists(st.text(alphabet='ab",\r\n ', max_size=9), min_size=1, max_size=6)
CELLS = st.text(alphabet='ab",\n', max_size=4)


def raw_of(body):
    content = ("x,y\n" + body).encode()
    return RawFile("f.csv", Path(tempfile.gettempdir()) / "f.csv", content, len(content), "", ())


def both(body):
    """Return (fast, careful) as plain lists, or None where the fast one does not take the file."""
    raw = raw_of(body)
    if not is_plain(raw.content, ","):
        return None
    fast = split_fast(raw, ",", 2)
    if fast is None:
        return None
    careful = split_carefully(raw, ",", ["x", "y"], [0, 1])
    return [[*(cells[i].to_pylist() for i in (0, 1)), line.tolist(), number.tolist(), bad]
            for cells, line, number, bad in (fast, careful)]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(LINES)
def test_what_the_fast_parser_takes_is_read_alike_by_the_careful_one(lines):
    answers = both("\n".join(lines))
    assert answers is None or answers[0] == answers[1]


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_quoted_cells_come_back_as_they_were_by_either_parser(rows):
    body = "".join(f"{quoted(x)},{quoted(y)}\n" for x, y in rows)
    raw = raw_of(body)
    cells, line, _, bad = split_carefully(raw, ",", ["x", "y"], [0, 1])
    assert list(zip(cells[0].to_pylist(), cells[1].to_pylist(), strict=True)) == rows
    assert bad == []
    assert line.tolist()[0] == 2
    answers = both(body)
    assert answers is None or answers[0] == answers[1]


def test_plain_files_take_the_fast_way():
    assert both("a,b\n")[0] == both("a,b\n")[1] == [["a"], ["b"], [2], [1], []]
    assert both('"a","b"\n') is not None
    assert both('"a\n","b"\n') is None
