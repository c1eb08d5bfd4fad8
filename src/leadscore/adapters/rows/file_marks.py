"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

import re

from leadscore.adapters.rows.raw_files import OTHER_KINDS

_GZIP = (b"\x1f\x8b", "a gzip archive")
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(!doctype|html|\?xml|table)", re.IGNORECASE)


def looks_like(head: bytes) -> str:
    """Say in words what a file that starts like this is.

    Examples
    --------
    >>> looks_like(b"PAR1..."), looks_like(b"id;status")
    ('a Parquet file', 'text (CSV)')
    """
    marks = [_GZIP, *((mark, words) for mark, words, _ in OTHER_KINDS)]
    found = next((words for mark, words in marks if head.startswith(mark)), None)
    if found is not None:
        return found
    if _PAGE.match(head):
        return "a web page"
    return "something else" if b"\0" in head else "text (CSV)"
