"""Cuts a stream of UTF-8 into blocks that end where a line ends, and into lines as csv wants them.

It knows nothing of quotes: a block may end within a cell that holds a line end, and whoever reads
it carefully goes on into the next one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from leadscore.domain.errors import InputError

MAX_LINE = 256_000_000
"""A file with no line end in so many bytes is no table."""


class Feed:
    """Bytes of a file as they are asked for.

    Parameters
    ----------
    pieces
        The file's text in UTF-8.
    name
        Of the file, for messages.
    block
        Bytes a block should have, about.
    """

    def __init__(self, pieces: Iterator[bytes], name: str, *, block: int) -> None:
        self.name = name
        self._pieces, self._size = pieces, block
        self._held = b""
        self._is_end = False

    def block(self) -> bytes:
        """Return the next block, empty at the end of the file.

        Raises
        ------
        InputError
            ``endless-line``: no line ends for a long time.
        """
        want = self._size
        while True:
            self._fill(want)
            is_all = self._is_end and len(self._held) <= want
            cut = len(self._held) if is_all else self._last_line_end(want)
            if cut:
                block, self._held = self._held[:cut], self._held[cut:]
                return block
            if self._is_end and not self._held:
                return b""
            want *= 2
            if want > MAX_LINE and len(self._held) > MAX_LINE:
                raise InputError(
                    "endless-line",
                    f"no line ends within {MAX_LINE:,} bytes",
                    file=self.name,
                    fix="export it again, one row a line",
                )

    def give_back(self, rest: bytes) -> None:
        """Put bytes back to the front."""
        self._held = rest + self._held

    def start(self, n: int) -> bytes:
        """Return up to `n` bytes from the front, without taking them."""
        self._fill(n)
        return self._held[:n]

    def _fill(self, n: int) -> None:
        parts, n_held = [self._held], len(self._held)
        while n_held <= n and not self._is_end:
            piece = next(self._pieces, None)
            self._is_end = piece is None
            if piece:
                parts.append(piece)
                n_held += len(piece)
        if len(parts) > 1:
            self._held = b"".join(parts)

    def _last_line_end(self, n: int) -> int:
        """Return where the last line within the first `n` bytes ends, 0 if none does.

        A carriage return ends a line if no newline follows it, which must be seen.
        """
        if cut := self._held.rfind(b"\n", 0, n) + 1:
            return cut
        lone = self._held.rfind(b"\r", 0, min(n, len(self._held) - 1)) + 1
        return lone if lone and self._held[lone : lone + 1] != b"\n" else 0


class Lines:
    """Lines of a block with their line ends, and of the next ones where a row goes on.

    A newline, a carriage return or both together end a line.
    """

    def __init__(self, block: bytes, feed: Feed) -> None:
        self._feed = feed
        self._is_beyond = False
        self._take(block)

    def __iter__(self) -> Lines:
        """Return itself: lines are read once."""
        return self

    def __next__(self) -> str:
        """Return the next line."""
        if self._text.tell() == self._length:
            self._take(self._feed.block())
            self._is_beyond = True
        line = self._text.readline()
        if not line:
            raise StopIteration
        return line

    @property
    def is_used_up(self) -> bool:
        """The block's own lines are all read (a row may have taken more)."""
        return self._is_beyond or self._text.tell() == self._length

    def give_back(self) -> None:
        """Return to the feed what was taken beyond the rows that were read."""
        self._feed.give_back(self._text.read().encode())

    def _take(self, block: bytes) -> None:
        text = block.decode()
        self._text, self._length = io.StringIO(text, newline=""), len(text)
