"""Every verb of the command line and of make stands in the README, and none that does not exist."""

import re
import shutil
import subprocess

import pytest
import typer

from leadscore.cli import app
from tests.architecture.house import ROOT
from tests.docs.texts import code_in

README = ROOT / "README.md"
MAKEFILE = ROOT / "Makefile"
# Options may stand between the program and its verb: `leadscore --profile bpic2012 run`.
CALLED = re.compile(r"\bleadscore((?:\s+--[\w-]+(?:[= ][^\s`-][^\s`]*)?)*)\s+([a-z][a-z-]*)")
OF_A_KIND = "test-"


def commands():
    """Return the verbs of the command line."""
    return set(typer.main.get_command(app).commands)


def commands_in(text):
    """Return the verbs that a page's code calls."""
    return {verb for _, verb in CALLED.findall(code_in(text))}


def make_verbs(makefile):
    """Return the phony targets of a Makefile."""
    return set(" ".join(re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)).split())


def make_verbs_in(text):
    """Return the targets that a page's code calls: ``make demo``."""
    return set(re.findall(r"\bmake ([a-z][a-z_-]*)", code_in(text)))


def test_every_command_stands_in_the_readme():
    missing = commands() - commands_in(README.read_text("utf-8"))
    assert not missing, f"README.md does not show: {', '.join(sorted(missing))}"


def test_the_readme_shows_no_command_that_does_not_exist():
    assert commands_in(README.read_text("utf-8")) - commands() == set()


def test_calls_are_found_in_code_only():
    text = "leadscore scores. `leadscore run`\n```\n$ leadscore --profile bpic2012 train  # leadscore gone\n```\n"
    assert commands_in(text) == {"run", "train"}


def test_a_planted_command_nobody_documented_is_named():
    assert {"run", "train"} - commands_in("Use `leadscore run`, and train well.") == {"train"}


def test_every_make_verb_of_the_readme_exists():
    called = make_verbs_in(README.read_text("utf-8"))
    assert {"demo", "test"} <= called, "README.md does not show `make demo` and `make test`"
    assert called - make_verbs(MAKEFILE.read_text("utf-8")) == set()


def test_a_planted_make_verb_that_does_not_exist_is_named():
    makefile = ".PHONY: demo test\n"
    text = "Make sure to run `make demo` or\n```\nmake tset\n```\n"
    assert make_verbs_in(text) - make_verbs(makefile) == {"tset"}


def test_bare_make_lists_exactly_the_verbs():
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    done = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    listed = re.findall(r"^\s*make (\S+) +(\S.*)$", done.stdout, re.MULTILINE)
    phony = make_verbs(MAKEFILE.read_text("utf-8"))
    assert len(listed) == len(done.stdout.splitlines())
    assert {verb for verb, _ in listed} == {v for v in phony if not v.startswith(OF_A_KIND)}


def test_every_kind_of_test_has_a_verb():
    kinds = {f"{OF_A_KIND}{path.parent.name}" for path in (ROOT / "tests").glob("*/test_*.py")}
    phony = make_verbs(MAKEFILE.read_text("utf-8"))
    assert kinds <= {verb for verb in phony if verb.startswith(OF_A_KIND)}


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_says_what_it_does(command):
    help_text = typer.main.get_command(app).commands[command].help or ""
    assert len(help_text) > 20
