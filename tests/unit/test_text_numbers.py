"""Texts get numbers in order of appearance, whatever chunks and dictionaries they come in."""

import numpy as np
import pyarrow as pa
import pytest

from leadscore.adapters.events.text_numbers import TextNumbers


def column(*chunks):
    return pa.chunked_array([pa.array(chunk, pa.string()).dictionary_encode() for chunk in chunks])


def test_numbers_follow_the_first_appearance_over_chunks_and_calls():
    numbers = TextNumbers()
    assert numbers.coded(column(["b", "a", "b"], ["c", "a"])).tolist() == [0, 1, 0, 2, 1]
    assert numbers.coded(column(["d", "b", None])).tolist() == [3, 0, -1]
    assert numbers.texts().to_pylist() == ["b", "a", "c", "d"]
    assert len(numbers) == 4


def test_texts_that_begin_alike_are_apart_and_so_is_the_empty_one():
    numbers = TextNumbers()
    texts = ["", "a", "aa", "é", "é\0", "日本"]
    assert numbers.coded(column(texts, texts)).tolist() == [*range(6), *range(6)]
    assert numbers.texts().to_pylist() == texts


def test_texts_of_one_place_in_the_table_are_apart():
    """Two hundred thousand ids that count up, in a table that grows many times."""
    numbers = TextNumbers()
    ids = [f"L{i:07d}" for i in range(200_000)]
    for first in range(0, len(ids), 50_000):
        got = numbers.coded(column(ids[first : first + 50_000]))
        assert got.tolist() == list(range(first, first + 50_000))
    assert numbers.coded(column(ids[::-1])).tolist() == list(range(len(ids)))[::-1]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_slices_and_dictionaries_with_unused_words(kind):
    coded = pa.DictionaryArray.from_arrays(
        pa.array([1, 2, 1], pa.int32()), pa.array(["x", "y", "z", "w"], kind).slice(1)
    )
    numbers = TextNumbers()
    got = numbers.coded(pa.chunked_array([coded.slice(1)]))
    assert numbers.texts().take(pa.array(got)).to_pylist() == ["w", "z"]


def test_nothing_comes_of_nothing():
    numbers = TextNumbers()
    assert numbers.coded(pa.chunked_array([], pa.dictionary(pa.int32(), pa.string()))).size == 0
    assert numbers.coded(column([None, None])).tolist() == [-1, -1]
    assert numbers.texts().to_pylist() == []


def test_as_a_dictionary_of_python_would():
    rng = np.random.default_rng(11)
    words = ["".join(rng.choice(list("abé"), rng.integers(0, 6))) for _ in range(3_000)]
    known: dict[str, int] = {}
    expected = [known.setdefault(word, len(known)) for word in words]
    numbers = TextNumbers()
    got = np.concatenate([numbers.coded(column(words[i : i + 300])) for i in range(0, 3_000, 300)])
    assert got.tolist() == expected
