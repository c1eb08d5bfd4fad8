"""docs/bad_inputs.md says what the tests of bad inputs say: numbers, tests and codes."""

import ast
import re

import pytest

from tests.architecture.house import ROOT

ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \| `(\w+)` \|$", re.MULTILINE)


def functions():
    """Return number and source of every test of a bad input by its name, with the helpers it calls."""
    found = {}
    for file in sorted((ROOT / "tests/spec/bad_inputs").glob("test_*.py")):
        text = file.read_text("utf-8")
        lines, source = text.splitlines(), {}
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                source[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
        for name, own in source.items():
            if number := re.match(r"test_(\d{3})_", name):
                helpers = [more for other, more in source.items() if f"{other}(" in own]
                found[name] = (int(number[1]), "\n".join([own, *helpers]))
    return found


def codes_in_the_package():
    """Return the words that may be codes, and the beginnings of those that are put together."""
    whole, begun = set(), set()
    for file in (ROOT / "src/leadscore").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(node.values[0].value)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
    return whole, tuple(word for word in begun if re.fullmatch(r"[a-z]+-", word))


ROWS = ROW.findall((ROOT / "docs/bad_inputs.md").read_text("utf-8"))
FUNCTIONS = functions()
WHOLE, BEGUN = codes_in_the_package()


def test_every_number_stands_on_the_page_once_and_in_order():
    assert [int(number) for number, *_ in ROWS] == sorted({n for n, _ in FUNCTIONS.values()})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_a_test_and_the_codes_its_tests_ask_for(row):
    number, _, outcome, told, test = row
    assert FUNCTIONS[test][0] == int(number)
    sources = "\n".join(source for n, source in FUNCTIONS.values() if n == int(number))
    codes = re.findall(r"`([^`]+)`", told)
    for code in codes:
        assert f'"{code}"' in sources, f"no test of {number} asks for {code}"
        assert code in WHOLE or code.startswith(BEGUN), f"the package has no code {code}"
    if re.search(r"\bQ\b", outcome):
        assert codes, f"{number}: a refused row has a code"
