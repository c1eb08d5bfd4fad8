"""Two parsers, one answer: what the fast one takes, the careful one reads alike."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadscore.adapters.rows.csv_lines import Feed
from leadscore.adapters.rows.csv_rows import is_plain, split_carefully, split_fast

LINES = st.lists(st.text(alphabet='ab",\r\n ', max_size=9), min_size=1, max_size=6)
CELLS = st.text(alphabet='ab",\n', max_size=4)


def carefully(block, width=2):
    feed = Feed(iter([]), "f.csv", block=99)
    return split_carefully(block, feed, ",", width=width, wanted=list(range(width)), line=1)


def plain_of(split):
    cells = [split.cells[i].to_pylist() for i in sorted(split.cells)]
    counts = [split.n_lines, split.n_rows, split.lengths]
    return [*cells, split.line.tolist(), split.number.tolist(), split.bad_rows, *counts]


def both(body, width=2):
    """Return (fast, careful) as plain lists, or None where the fast one does not take the block."""
    block = body.encode()
    if not block or not is_plain(block, ","):
        return None
    fast = split_fast(block, ",", width=width, wanted=list(range(width)))
    return None if fast is None else [plain_of(fast), plain_of(carefully(block, width))]


@settings(max_examples=400, deadline=None)
@given(LINES, st.sampled_from([1, 2]))
@example(['a","""'], 2)  # a quote within a cell is no opening one
@example(['a,"""'], 2)
@example(['a,""b'], 2)
@example(['""'], 1)
def test_what_the_fast_parser_takes_is_read_alike_by_the_careful_one(lines, width):
    answers = both("\n".join(lines), width)
    assert answers is None or answers[0] == answers[1]


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_quoted_cells_come_back_as_they_were_by_either_parser(rows):
    body = "".join(f"{quoted(x)},{quoted(y)}\n" for x, y in rows)
    split = carefully(body.encode())
    cells = [split.cells[0].to_pylist(), split.cells[1].to_pylist()]
    assert list(zip(*cells, strict=True)) == rows
    assert split.bad_rows == []
    assert split.line.tolist()[0] == 1
    answers = both(body)
    assert answers is None or answers[0] == answers[1]
    assert (answers is not None) == all("\n" not in cell for row in rows for cell in row)


def test_plain_blocks_take_the_fast_way():
    assert both("a,b\n")[0] == both("a,b\n")[1] == [["a"], ["b"], [1], [1], [], 1, 1, {2: 1}]
    assert both('"a","b"\n') is not None
    assert both('"a ""b"" c",""\r\n') is not None
    assert both('"a\n","b"\n') is None
    assert both('5" x,b\n') is None


def test_a_line_long_enough_for_a_huge_cell_is_read_with_care():
    assert is_plain(b"a," + b"b" * 65_000 + b"\n", ",")
    assert not is_plain(b"a," + b"b" * 66_000 + b"\n", ",")
