"""Bytes on their way in: gzip unpacked and encodings decoded piece by piece, faults named."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterator

from leadscore.domain.errors import InputError

MAX_RATIO = 200
RATIO_FROM_BYTES = 64_000_000
_STEP = 8_000_000
_SNIFFED = 1_000
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MOJIBAKE = re.compile("Ã[\u0080-\u00bf]|â€[\u0080-\u00bf™œž]".encode())
_MOJIBAKE_STARTS = ("Ã".encode(), "â€".encode())
_LONGEST_MOJIBAKE = 8


def unpacked(pieces: Iterator[bytes], name: str, *, n_packed: int) -> Iterator[bytes]:
    """Yield the pieces as they are, or unpacked where the first one begins as gzip does.

    Parameters
    ----------
    n_packed
        Bytes of the whole file on disk.

    Raises
    ------
    InputError
        ``damaged-gzip``, ``gzip-bomb`` (more than 200 times its size) or ``empty-file``.
    """
    first = next(pieces, b"")
    if not first.startswith(_GZIP):
        yield first
        yield from pieces
        return
    n_out = 0
    try:
        for piece in _inflated(first, pieces, name):
            n_out += len(piece)
            if n_out > RATIO_FROM_BYTES and n_out > MAX_RATIO * n_packed:
                raise InputError(
                    "gzip-bomb",
                    f"unpacks to more than {MAX_RATIO} times its size",
                    file=name,
                    fix="unpack it by hand if it is genuine",
                )
            yield piece
    except zlib.error as error:
        told = f"the gzip file can't be unpacked ({error})"
        raise InputError("damaged-gzip", told, file=name, fix="copy or export it again") from error
    if n_out == 0:
        raise InputError(
            "empty-file", "the gzip file unpacks to 0 bytes", file=name, fix="export it again"
        )


def _inflated(first: bytes, pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Yield the content of one gzip member after another; zeros between them are padding."""
    unpack = zlib.decompressobj(wbits=31)
    rest = first
    while True:
        out = unpack.decompress(rest, _STEP)
        if out:
            yield out
        rest = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
        if not rest and not out:
            rest = next(pieces, b"")
            if not rest:
                break
        if unpack.eof:
            rest = rest.lstrip(b"\0")
            if rest:
                unpack = zlib.decompressobj(wbits=31)
    if not unpack.eof:
        raise InputError(
            "damaged-gzip",
            "the gzip file ends too early",
            file=name,
            fix="copy or export it again",
        )


class Decoded:
    """Turns pieces of one encoding into pieces of UTF-8 without byte order mark."""

    def __init__(self, name: str, encoding: str) -> None:
        self.name, self.encoding = name, encoding
        self.warnings: tuple[str, ...] = ()
        self._is_utf8 = encoding.replace("_", "-").casefold() in ("utf-8", "utf8", "utf-8-sig")
        self._decoder = codecs.getincrementaldecoder("utf-8" if self._is_utf8 else encoding)()
        self._n_bytes = self._n_lines = 0
        self._is_start = True
        self._before = b""

    def feed(self, piece: bytes) -> bytes:
        """Return the next piece in UTF-8.

        Raises
        ------
        InputError
            ``bad-encoding``: with the byte's offset and line.
        """
        if self._n_bytes == 0:
            self._refuse_utf16(piece)
        text = self._converted(piece, is_end=False)
        self._n_bytes += len(piece)
        self._n_lines += piece.count(b"\n")
        return self._looked_at(text)

    def end(self) -> bytes:
        """Return what was left, after checking that no letter was cut off.

        Raises
        ------
        InputError
            As `feed`.
        """
        return self._looked_at(self._converted(b"", is_end=True))

    def _converted(self, piece: bytes, *, is_end: bool) -> bytes:
        held, _ = self._decoder.getstate()
        if self._is_utf8 and not held and piece.isascii():
            return piece
        try:
            text = self._decoder.decode(piece, is_end)
        except UnicodeDecodeError as error:
            raise self._bad(error, n_held=len(error.object) - len(piece)) from None
        # UTF-8 passes as it came: a letter cut in two by the border of a piece joins again.
        return piece if self._is_utf8 else text.encode("utf-8")

    def _bad(self, error: UnicodeDecodeError, *, n_held: int) -> InputError:
        """Name a byte; the error's text begins with bytes held back from the piece before."""
        text = error.object
        n_lines = self._n_lines + text.count(b"\n", 0, error.start) - text.count(b"\n", 0, n_held)
        byte = text[error.start : error.start + 1].hex()
        return InputError(
            "bad-encoding",
            f"byte {self._n_bytes - n_held + error.start:,} ({byte}) is not {self.encoding}",
            file=self.name,
            row=n_lines + 1,
            fix=f"declare `encoding: {'cp1252' if self._is_utf8 else '...'}` for this file",
        )

    def _refuse_utf16(self, start: bytes) -> None:
        """Stop at UTF-16 that is not declared: by its mark, or by a zero in every second byte."""
        if self.encoding.casefold().startswith(("utf-16", "utf_16", "utf-32", "utf_32")):
            return
        even, odd = start[:_SNIFFED:2], start[1:_SNIFFED:2]
        found = None
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            found = "utf-16"
        elif odd.count(0) > len(odd) / 2 and not even.count(0):
            found = "utf-16-le"
        elif even.count(0) > len(even) / 2 and not odd.count(0):
            found = "utf-16-be"
        if found is not None:
            raise InputError(
                "bad-encoding",
                f"is UTF-16, not {self.encoding}",
                file=self.name,
                fix=f"declare `encoding: {found}` for this file",
            )

    def _looked_at(self, text: bytes) -> bytes:
        """Take off the byte order mark; note UTF-8 that was once read as latin-1."""
        if self._is_start and text:
            text = text.removeprefix(_BYTE_ORDER_MARK)
            self._is_start = False
        if not self.warnings and not (text.isascii() and self._before.isascii()):
            seen = self._before + text
            if any(start in seen for start in _MOJIBAKE_STARTS) and _MOJIBAKE.search(seen):
                told = "text looks like UTF-8 once read as latin-1 (`Ã©`): export again"
                self.warnings = (f"{self.name}: {told}",)
        self._before = text[-_LONGEST_MOJIBAKE:]
        return text
