"""Numbers for texts in order of appearance, over tables that come one after the other.

One hash table that grows: what was known costs nothing again, and no text becomes a Python object.
"""

from __future__ import annotations

from typing import TypeVar

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from leadscore.history.log import Code, Int

Bytes = npt.NDArray[np.uint8]
Keys = npt.NDArray[np.uint64]
Numbers = TypeVar("Numbers", Bytes, Keys, Int)

_START, _FACTOR = np.uint64(14695981039346656037), np.uint64(1099511628211)  # FNV-1a, 64 bit
_MIX, _SHIFT = np.uint64(0xFF51AFD7ED558CCD), np.uint64(33)  # MurmurHash3's last step
_ZERO, _ONE, _HALF = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFF00000000)


class TextNumbers:
    """Distinct texts, numbered from 0 as they come."""

    def __init__(self) -> None:
        self._n = 0
        self._slots = np.zeros(1 << 10, np.uint64)
        self._keys = np.empty(0, np.uint64)
        self._ends = np.zeros(1, np.int64)
        self._bytes = np.empty(0, np.uint8)

    def __len__(self) -> int:
        return self._n

    def texts(self) -> pa.Array:
        """Return the texts (large_string), by number."""
        buffers = [None, pa.py_buffer(self._ends), pa.py_buffer(self._bytes)]
        return pa.Array.from_buffers(pa.large_string(), self._n, buffers)

    def coded(self, column: pa.ChunkedArray) -> Code:
        """Return the numbers of a column of dictionaries of text, -1 for null; new texts get theirs."""
        codes = [np.zeros(0, np.int32)]
        for chunk in column.chunks:
            numbers = np.append(self._numbered(chunk.dictionary), np.int32(-1))
            places = chunk.indices.fill_null(len(chunk.dictionary))
            codes.append(numbers[places.to_numpy(zero_copy_only=False)])
        return np.concatenate(codes)

    def _numbered(self, texts: pa.Array) -> Code:
        texts = texts.cast(pa.large_string())
        if len(texts) == 0:
            return np.zeros(0, np.int32)
        _, ends, content = texts.buffers()
        ends = np.frombuffer(ends, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        content = np.frombuffer(content or b"", np.uint8)
        self._make_room(len(texts), int(ends[-1] - ends[0]))
        numbers: Code
        numbers, self._n = _numbered(
            content, ends, self._slots, self._keys, self._ends, self._bytes, self._n
        )
        return numbers

    def _make_room(self, n_texts: int, n_bytes: int) -> None:
        """Make room for so many new texts; slots stay at most half full."""
        most = self._n + n_texts
        if most > len(self._keys):
            self._keys = _longer(self._keys, 2 * most)
            self._ends = _longer(self._ends, 2 * most + 1)
        if (needed := int(self._ends[self._n]) + n_bytes) > len(self._bytes):
            self._bytes = _longer(self._bytes, 2 * needed)
        if 2 * most > len(self._slots):
            self._slots = _placed(self._keys[: self._n], 1 << (2 * most).bit_length())


def _longer(numbers: Numbers, n: int) -> Numbers:
    more = np.zeros(n, numbers.dtype)
    more[: len(numbers)] = numbers
    return more


@nb.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _placed(keys: Keys, n_slots: int) -> Keys:
    """Return a table of so many slots (a power of 2) that holds the numbers of these keys.

    A slot is 0 if empty; else half the key, and one more than the number.
    """
    slots = np.zeros(n_slots, np.uint64)
    last = np.uint64(n_slots - 1)
    for number in range(len(keys)):
        slot = keys[number] & last
        while slots[slot] != _ZERO:
            slot = (slot + _ONE) & last
        slots[slot] = (keys[number] & _HALF) | np.uint64(number + 1)
    return slots


@nb.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _numbered(
    content: Bytes, ends: Int, slots: Keys, keys: Keys, known_ends: Int, known: Bytes, n: int
) -> tuple[Code, int]:
    """Return the numbers of texts, and how many are known then; new ones are written to the tables.

    Places are unsigned: what may be negative is looked at twice, and this loop is all there is.
    """
    numbers = np.empty(len(ends) - 1, np.int32)
    last = np.uint64(len(slots) - 1)
    for i in range(len(numbers)):
        begin, size = np.uint64(ends[i]), np.uint64(ends[i + 1] - ends[i])
        key = _key(content, begin, size)
        slot = key & last
        while slots[slot] != _ZERO:
            if (slots[slot] ^ key) & _HALF == _ZERO:
                upto = slots[slot] & ~_HALF
                first = np.uint64(known_ends[upto - _ONE])
                same = np.uint64(known_ends[upto]) - first == size
                if same and _equal(known, first, content, begin, size):
                    break
            slot = (slot + _ONE) & last
        if slots[slot] == _ZERO:
            slots[slot] = (key & _HALF) | np.uint64(n + 1)
            keys[n], known_ends[n + 1] = key, known_ends[n] + np.int64(size)
            known[known_ends[n] : known_ends[n + 1]] = content[ends[i] : ends[i + 1]]
            n += 1
        numbers[i] = np.int64(slots[slot] & ~_HALF) - 1
    return numbers, n


@nb.njit(inline="always")  # type: ignore[untyped-decorator]
def _key(content: Bytes, begin: np.uint64, size: np.uint64) -> np.uint64:
    key, at = _START, _ZERO
    while at < size:
        key = (key ^ np.uint64(content[begin + at])) * _FACTOR
        at += _ONE
    key = (key ^ (key >> _SHIFT)) * _MIX  # ids that count up would lie in heaps otherwise
    return key ^ (key >> _SHIFT)


@nb.njit(inline="always")  # type: ignore[untyped-decorator]
def _equal(one: Bytes, first: np.uint64, other: Bytes, begin: np.uint64, size: np.uint64) -> bool:
    at = _ZERO
    while at < size and one[first + at] == other[begin + at]:
        at += _ONE
    is_same: bool = at == size
    return is_same
