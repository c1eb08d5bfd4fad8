"""What the page says, read from the code: messages of templates and script, and sentences of the modules."""

import ast
import itertools
import re
from pathlib import Path

import jinja2

from leadscore.review.language import ENGLISH

SOURCE = Path(__file__).parents[1] / "src/leadscore"
TEMPLATES = SOURCE / "review/templates"
MODULES = (
    *(f"review/{name}.py" for name in (
        "bots", "charts", "cuts", "cuts_by", "drift", "drift_charts", "drifting", "effect", "estimates", "lead",
        "lead_page", "levels",
        "page", "parts", "proposal", "report", "split", "verdicts", "what_if", "what_if_page", "words",
    )),
    *(f"review/quarter/{name}.py" for name in (
        "answers", "converting", "page", "ranking", "shares", "tables", "waiting", "words", "working",
    )),
    "history/dated.py", "metrics/figures.py", "metrics/middles.py", "metrics/estimated.py", "scoring/gates.py",
)  # fmt: skip
"""The modules whose sentences reach the page."""

_COMPARED = {"change", "not yet known", "hot"}  # constants beside a message, in its condition
_MOST_PLACES = 6  # tried both as a word and as a number


def template_messages():
    """Return every message that a template says."""
    environment = jinja2.Environment(autoescape=True)
    said = set()
    for path in sorted(TEMPLATES.glob("*.j2")):
        for call in environment.parse(path.read_text("utf-8")).find_all(jinja2.nodes.Call):
            if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "say":
                first = call.args[0]
                texts = [first, *first.find_all(jinja2.nodes.Const)]
                said.update(each.value for each in texts if isinstance(each, jinja2.nodes.Const))
    return said - (_COMPARED - {"hot"})


def script_messages():
    """Return every message that the sliders' script says."""
    return set(ENGLISH.script((TEMPLATES / "what_if.js").read_text("utf-8")))


def constants():
    """Return every plain text of the package."""
    return {
        node.value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def sentences(module):
    """Yield, of each text of two words or more in a module, the ways in which it might read.

    A place is the number 7 where it is written as one; else it is tried as 7 and as the word Xyz.
    """
    tree = ast.parse((SOURCE / module).read_text("utf-8"))
    skipped = _not_said(tree)
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            ways = [node.value]
        elif isinstance(node, ast.JoinedStr):
            places = [_ways(part) for part in node.values]
            n_open = sum(len(ways) > 1 for ways in places)
            places = places if n_open <= _MOST_PLACES else [ways[:1] for ways in places]
            ways = ["".join(each) for each in itertools.product(*places)]
        else:
            continue
        ways = [re.sub(r"^[;,.] ", "", way).strip() for way in ways]
        if re.search(r"[A-Za-z]{2,}[ :,]", ways[0] + " ") and " " in ways[0]:
            yield ways


def _not_said(tree):
    """Return what is no text of its own: docstrings, pieces of others, and what errors say."""
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            skipped.add(id(node.body[0].value))
        if isinstance(node, (ast.JoinedStr, ast.Raise)):
            skipped.update(id(part) for part in ast.walk(node) if part is not node)
    return skipped


def _ways(part):
    if isinstance(part, ast.Constant):
        return [part.value]
    spec = ast.unparse(part.format_spec) if part.format_spec else ""
    return ["7"] if re.search(r"[,.dfg%+]", spec) else ["7", "Xyz"]
