"""What the page says, read from the code: messages of templates and script, and sentences of the modules."""

import ast
import re
from pathlib import Path

import jinja2

from leadscore.review.language import ENGLISH

SOURCE = Path(__file__).parents[1] / "src/leadscore"
TEMPLATES = SOURCE / "review/templates"
# Modules whose sentences reach the page; what else is said in them stands in `NOT_SHOWN`.
MODULES = (
    *(f"review/{name}.py" for name in (
        "bots", "charts", "cuts", "drift", "drift_charts", "drifting", "effect", "estimates", "levels", "page",
        "parts", "proposal", "report", "split", "verdicts", "what_if", "what_if_page", "words",
    )),
    *(f"review/quarter/{name}.py" for name in (
        "answers", "converting", "page", "ranking", "shares", "tables", "waiting", "words", "working",
    )),
    "metrics/figures.py", "metrics/middles.py", "metrics/estimated.py", "scoring/gates.py",
)  # fmt: skip


def template_messages():
    """Return every message that a template says."""
    environment = jinja2.Environment(autoescape=True)
    said = set()
    for path in sorted(TEMPLATES.glob("*.j2")):
        for call in environment.parse(path.read_text("utf-8")).find_all(jinja2.nodes.Call):
            if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "say":
                first = call.args[0]
                said.update(each.value for each in [first, *first.find_all(jinja2.nodes.Const)]
                            if isinstance(each, jinja2.nodes.Const) and each.value not in _COMPARED)  # fmt: skip
    return said


def script_messages():
    """Return every message that the sliders' script says."""
    return set(ENGLISH.script((TEMPLATES / "what_if.js").read_text("utf-8")))


def sentences(path):
    """Return the sentences of a module as they might read: texts of two words or more, places filled in."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            skipped.add(id(node.body[0].value))
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in ast.walk(node) if part is not node)
        if isinstance(node, ast.Raise):
            skipped.update(id(part) for part in ast.walk(node))
    found = {}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(_filled(part) for part in node.values)
        else:
            continue
        if re.search(r"[A-Za-z]{2,}[ :,]", text.strip() + " ") and " " in text.strip():
            found[text.strip()] = node.lineno
    return found


def _filled(part):
    """Return a place as a number where it is written as one, as a word no catalogue knows where not."""
    if isinstance(part, ast.Constant):
        return part.value
    spec = ast.unparse(part.format_spec) if part.format_spec else ""
    return "7" if re.search(r"[,.dfg%+]", spec) else "Xyz"


_COMPARED = {"change", "not yet known", "hot"}
