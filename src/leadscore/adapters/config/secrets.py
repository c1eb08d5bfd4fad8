"""Whether a value of a configuration file is a secret: a password, a key, a token.

It knows names that secrets go by and shapes that providers give them. It never shows what it found.
"""

from __future__ import annotations

import re

_NAME = re.compile(
    r"(.*[_-])?(password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key|credentials?)",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"\$\{?[A-Za-z_][A-Za-z0-9_]*\}?")
_SHAPES = re.compile(
    r"""AKIA[0-9A-Z]{16}                        # AWS
      | \bgh[pousr]_[A-Za-z0-9]{36}            # GitHub
      | \bxox[abeprs]-[A-Za-z0-9-]{10,}        # Slack
      | \bpat-(na|eu)\d-[0-9a-f-]{36}          # HubSpot
      | \b[sr]k_live_[A-Za-z0-9]{16,}          # Stripe
      | \bAIza[A-Za-z0-9_-]{35}                # Google
      | \beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}   # a signed web token
      | -----BEGIN\ [A-Z ]*PRIVATE\ KEY
      | \bBearer\ [\w.~+/-]{16,}
      | ://[^\s:/@]+:[^\s/@]+@                # an address with user and password
    """,
    re.VERBOSE,
)
_SHORTEST = 8


def is_secret(key: str, value: str) -> bool:
    """Tell whether a text under this key is a secret; the name of a variable (``$TOKEN``) is none.

    Examples
    --------
    >>> is_secret("api_token", "d41d8cd98f"), is_secret("api_token", "$CRM_TOKEN")
    (True, False)
    >>> is_secret("url", "postgresql://me:hunter2@db/leads"), is_secret("url_env", "LEADS_DB_URL")
    (True, False)
    """
    if _SHAPES.search(value):
        return True
    bare = value.strip()
    named = _NAME.fullmatch(key) is not None and len(bare) >= _SHORTEST and " " not in bare
    return named and _VARIABLE.fullmatch(bare) is None
