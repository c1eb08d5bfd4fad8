"""What a clone shows: one package index, no path of anybody's machine, and words of this project only."""

import re
import stat

import pytest

from tests.architecture.house import ROOT, project_files

PLACES = {"https://pypi.org/simple", "https://files.pythonhosted.org"}
MACHINE = re.compile(r"(?<![\w.$}])/(?:work|tmp|root|home)/")
ELSEWHERE = re.compile(
    r"\b(?:COMMON|DESIGN|DOMAIN|STYLE|FEATURES|SCIENCE)\.md\b|\bissues? (?:#?\d+|show)\b"
)
KEYS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_\w{36}")


def foreign_places(lock):
    """Return the registries and hosts of a lock file that are not the public index."""
    hosts = set(re.findall(r'registry = "([^"]*)"', lock))
    hosts |= set(re.findall(r'url = "(https?://[^/"]*)', lock))
    hosts |= {
        f"{kind} source" for kind in re.findall(r"source = { (git|url|path|directory) ", lock)
    }
    return sorted(hosts - PLACES)


def strange_lines(text):
    """Return (line, what) for machine paths, documents kept elsewhere and secrets."""
    patterns = (MACHINE, ELSEWHERE, KEYS)
    return [
        (number, found.group())
        for number, line in enumerate(text.splitlines(), start=1)
        for pattern in patterns
        if (found := pattern.search(line))
    ]


def test_the_lock_names_the_public_index_only():
    assert foreign_places((ROOT / "uv.lock").read_text("utf-8")) == []


def test_a_mirror_in_the_lock_is_named():
    lock = """
    source = { registry = "https://mirror.example/simple" }
    sdist = { url = "https://files.pythonhosted.org/packages/a.tar.gz" }
    wheels = [{ url = "http://10.0.0.1/b.whl" }]
    source = { git = "https://example.org/repo" }
    """
    assert foreign_places(lock) == [
        "git source",
        "http://10.0.0.1",
        "https://mirror.example/simple",
    ]


def test_no_file_names_a_machine_or_another_place():
    faults = []
    for path in project_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture; nothing to read
        name = path.relative_to(ROOT)
        faults += [f"{name}:{line} {what}" for line, what in strange_lines(text)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "line",
    ["cd /{}/main", 'path = "/{}/leads.csv"', "file:///{}/page.html"],
)
@pytest.mark.parametrize("folder", ["work", "tmp", "root", "home"])
def test_a_planted_machine_path_is_found(line, folder):
    assert strange_lines("first\n" + line.format(folder)) == [(2, f"/{folder}/")]


@pytest.mark.parametrize("words", ["see {}.md", "as {} says"])
def test_a_planted_word_of_another_place_is_found(words):
    said = words.format("DESIGN" if ".md" in words else f"issue {3}")
    assert [number for number, _ in strange_lines(f"first\n{said}")] == [2]


@pytest.mark.parametrize(
    "line", ["$(TMPDIR)/leads", "https://example.org/home.html", "tmp_path / name"]
)
def test_ordinary_paths_are_not_taken_for_a_machine(line):
    assert strange_lines(line) == []


def test_no_file_is_large_and_only_scripts_are_executable():
    faults = []
    for path in project_files():
        about = path.stat()
        if about.st_size > 2_000_000:
            faults.append(f"{path.name}: {about.st_size:,} bytes")
        if about.st_mode & stat.S_IXUSR and not path.read_bytes().startswith(b"#!"):
            faults.append(f"{path.name}: executable, but no script")
    assert not faults, "\n".join(faults)
