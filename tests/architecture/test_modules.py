"""How files look: a docstring each, one subject of a readable size, packages that say what they import."""

import ast

import pytest

from tests.architecture.house import SOURCE, functions, modules, plant

MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 40  # without its docstring


def silent(package):
    """Return modules without a docstring."""
    return [module.name for module in modules(package) if not ast.get_docstring(module.tree)]


def closed_mouthed(package):
    """Return packages whose `__init__` does not say what they may import."""
    inner = [m for m in modules(package) if m.path.name == "__init__.py" and m.name]
    return [m.name for m in inner if "import" not in (ast.get_docstring(m.tree) or "").casefold()]


def long_files(package):
    """Return files above the limit with their number of lines."""
    counted = {m.name: len(m.path.read_text("utf-8").splitlines()) for m in modules(package)}
    return [f"{name}: {n} lines" for name, n in counted.items() if n > MOST_LINES]


def long_functions(package):
    """Return functions above the limit with their number of lines, docstrings left out."""
    counted = {
        (m.name, f.name, f.lineno): _lines(f) for m in modules(package) for f in functions(m)
    }
    return [
        f"{module}.{name}: {n} lines"
        for (module, name, _), n in counted.items()
        if n > MOST_LINES_OF_A_FUNCTION
    ]


def _lines(function):
    n = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is None:
        return n
    said = function.body[0]
    return n - (said.end_lineno - said.lineno + 1)


CHECKS = {
    "every module has a docstring": silent,
    "every package says what it may import": closed_mouthed,
    "no file is longer than 300 lines": long_files,
    "no function is longer than 40 lines": long_functions,
}


@pytest.mark.parametrize("claim", CHECKS)
def test_the_house_is_readable(claim):
    said = CHECKS[claim](SOURCE)
    assert not said, "\n".join(said)


@pytest.mark.parametrize(
    ("claim", "text", "named"),
    [
        ("every module has a docstring", "x = 1", "scoring"),
        ("every package says what it may import", '"""Floor 2."""', "scoring"),
        ("no file is longer than 300 lines", "x = 1\n" * 301, "scoring: 301 lines"),
        ("no function is longer than 40 lines", "def f():\n" + "    g()\n" * 40, "scoring.f: 41 lines"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_named(tmp_path, claim, text, named):
    assert CHECKS[claim](plant(tmp_path, {"scoring/__init__.py": text})) == [named]


def test_a_docstring_does_not_count_as_lines_of_a_function(tmp_path):
    text = 'def f():\n    """' + "Words.\n" * 30 + '    """\n' + "    g()\n" * 39
    assert long_functions(plant(tmp_path, {"scoring/scale.py": text})) == []
