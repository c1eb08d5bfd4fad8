"""YAML means what it looks like; every trap is refused with its line and column."""

import pytest

from leadscore.adapters.config.yaml_strict import load_yaml, load_yaml_with_lines
from leadscore.domain.errors import InputError


def load(folder, content):
    path = folder / "s.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_yaml(path)


def test_scalars_are_what_they_look_like(tmp_path):
    content = """
whole: 12
minus: -3
share: 0.98
small: 1e-3
point: .5
yes_it_is: true
not_so: false
nothing: null
tilde: ~
empty:
word: Norway
quoted: "NO"
digits: '010'
day: 2024-01-02
moment: 2024-01-02T08:00:00Z
version: 1.2.3
"""
    assert load(tmp_path, content) == {
        "whole": 12, "minus": -3, "share": 0.98, "small": 0.001, "point": 0.5, "yes_it_is": True,
        "not_so": False, "nothing": None, "tilde": None, "empty": None, "word": "Norway", "quoted": "NO",
        "digits": "010", "day": "2024-01-02", "moment": "2024-01-02T08:00:00Z", "version": "1.2.3",
    }  # fmt: skip


def test_lists_maps_and_block_text_nest(tmp_path):
    content = "a: [1, {b: x}]\nc:\n  - d: |\n      two\n      lines\n"
    assert load(tmp_path, content) == {"a": [1, {"b": "x"}], "c": [{"d": "two\nlines\n"}]}


def test_byte_order_mark_is_no_key(tmp_path):
    assert load(tmp_path, b"\xef\xbb\xbfa: 1") == {"a": 1}


@pytest.mark.parametrize(
    "word", ["NO", "no", "on", "Off", "yes", "Y", "n", "True", "FALSE", "Null", "NULL"]
)
def test_words_that_turn_into_booleans_or_nothing_must_be_quoted(tmp_path, word):
    with pytest.raises(
        InputError, match=rf"s\.yaml:2:6 yaml-trap: `{word}`.*quote it if it is text: '{word}'"
    ):
        load(tmp_path, f"a: 1\nb:   {word}\n")


@pytest.mark.parametrize(
    "number",
    [
        "010",
        "1_000",
        "12:30:00",
        "12:30",
        "0x1F",
        "0o17",
        ".nan",
        "-.inf",
        ".Inf",
        "1e999",
        "00",
        "01.5",
    ],
)
def test_numbers_that_turn_into_others_are_refused(tmp_path, number):
    with pytest.raises(InputError, match=r"s\.yaml:1:4 yaml-trap"):
        load(tmp_path, f"a: {number}\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "a: 1\nb: 2\na: 3\n",
            r":3:1 yaml-trap: key 'a' stands here a second time \(first on line 1\)",
        ),
        ("a: &x 1\nb: *x\n", ":1:4 yaml-trap: anchors and aliases"),
        ("a: *x\n", "anchors and aliases"),
        ("a:\n  <<: {b: 1}\n", ":2:3 yaml-trap: merge keys"),
        ("a: !!python/object/apply:os.system [x]\n", ":1:4 yaml-trap: tags"),
        ("a: !!str 1\n", "tags"),
        ("a: 1\n---\nb: 2\n", "second document"),
        ("no: 1\n", ":1:1 yaml-trap: `no`"),
        ("1: won\n", ":1:1 yaml-trap: key `1` is not text — quote it: '1'"),
        ("? [a, b]\n: 1\n", "a key must be plain text"),
        ("a: 1\n\tb: 2\n", ":2:1 bad-yaml"),
        ('a: "open\nb: 2\n', "bad-yaml"),
        ("a: [1, 2\nb: 3\n", "bad-yaml"),
        ("", "empty-yaml"),
        ("# only a comment\n", "empty-yaml"),
        ("null\n", "empty-yaml"),
        (b"a: \xff\n", ":1 bad-encoding: byte 3 is not UTF-8"),
        ("a: \0\n", "bad-yaml"),
        ("[" * 25 + "]" * 25, "nested deeper than 20"),
        ("[" * 100_000, "nested deeper than 20"),
        ("a: " + "x" * 1_000_000, "too-large: 1,000,003 bytes"),
    ],
)
def test_cleverness_and_damage_are_refused(tmp_path, content, says):
    with pytest.raises(InputError, match=says):
        load(tmp_path, content)


def test_missing_file_proposes_the_nearest(tmp_path):
    (tmp_path / "params.yaml").write_text("a: 1")
    with pytest.raises(
        InputError, match=r"parms\.yaml missing-file: .*did you mean 'params\.yaml'"
    ):
        load_yaml(tmp_path / "parms.yaml")
    with pytest.raises(InputError, match="is a folder"):
        load_yaml(tmp_path)


def test_lines_of_keys_and_list_items_are_known(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("a:\n  b: 1\n  c:\n    - x\n    - z: 2\n")
    _, lines = load_yaml_with_lines(path)
    assert lines[("a", "b")] == 2
    assert lines[("a", "c", 1)] == 5
    assert lines[("a", "c", 1, "z")] == 5
