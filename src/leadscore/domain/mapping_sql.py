"""A query that stands in for a file: which variable holds the database's address, and what is asked.

A query only ever reads: anything but one SELECT (or WITH ... SELECT) is refused before a connection
is made. The address, which may hold a password, has no place in a mapping.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, field_validator

from leadscore.domain.strict import Strict

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTED_OR_COMMENT = re.compile(
    r"""(?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ )
        | --[^\n]* | /\*.*?\*/""",
    re.DOTALL | re.VERBOSE,
)
_READS = re.compile(r"[\s(]*(select|with)\b", re.IGNORECASE)


class SqlQuery(Strict):
    """One query of a database.

    `url_env` names the environment variable that holds the address
    (``postgresql://user:password@host/database``); `query` is one SELECT; `timeout_s` is the
    longest time in seconds that the database may think before rows come.
    """

    url_env: str
    query: str
    timeout_s: Annotated[int, Field(gt=0, le=86_400)] = 600

    @field_validator("url_env")
    @classmethod
    def _names_a_variable(cls, name: str) -> str:
        if not _VARIABLE.fullmatch(name):
            raise ValueError(
                "must be the name of an environment variable (LEADS_DB_URL) that holds the "
                "address; an address never stands in a mapping"
            )
        return name

    @field_validator("query")
    @classmethod
    def _only_reads(cls, query: str) -> str:
        bare = bare_query(query, blank="''")
        if not _READS.match(bare):
            raise ValueError("must be one query that reads: SELECT ... or WITH ... SELECT ...")
        if ";" in bare:
            raise ValueError("must be a single query; take the `;` out")
        return bare_query(query)


def bare_query(query: str, *, blank: str | None = None) -> str:
    """Return a query without comments and last semicolon; `blank` stands in for quoted text.

    Examples
    --------
    >>> bare_query("select ';' from leads; -- all of them")
    "select ';' from leads"
    >>> bare_query("select ';' from leads", blank="?")
    'select ? from leads'
    """

    def without(found: re.Match[str]) -> str:
        if found["quoted"] is None:
            return " "
        return found["quoted"] if blank is None else blank

    return _QUOTED_OR_COMMENT.sub(without, query).strip().removesuffix(";").strip()
