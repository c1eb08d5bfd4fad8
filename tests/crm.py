"""Issued scores in miniature, and a CRM's files read back as its import would read them."""

import csv
import io

import pandas as pd

from leadscore.adapters.issued import partition, write_partition
from leadscore.delivery.crm_files import pieces
from leadscore.domain.crm_fields import FIELDS, Kind
from leadscore.domain.schemas import ISSUED, check
from tests.fakes import utc

AS_OF = utc("2026-03-02 06:30:15")
TEXTS = ("lead_id", "tier", "cell", "trend", "reasons_for", "reasons_against", "opinion")
ONE = {
    "lead_id": "L1", "as_of": AS_OF, "score": 64.5, "probability": 0.12346, "tier": "warm",
    "expires_at": utc("2026-03-09T06:30:15Z"),
    "grid_points": 40.0, "fit_points": 20.0, "engagement_points": 20.0, "cell": "B2",
    "trend": "steady", "reasons_for": "Asked for a demo (+9); Opened a mail (+2)",
    "reasons_against": None, "opinion": "model", "bundle_sha256": "0123456789abcdef" * 4,
    "decision_id": "0001", "explore": False,
}  # fmt: skip


def issued(*leads):
    """Return an issued table: each lead a dict of what differs from `ONE`."""
    rows = [{**ONE, "lead_id": f"L{n}", **lead} for n, lead in enumerate(leads, start=1)]
    table = pd.DataFrame(rows, columns=list(ONE))
    texts = dict.fromkeys((*TEXTS, "bundle_sha256", "decision_id"), "str")
    numbers = dict.fromkeys(("score", "probability"), "float64")
    types = {**texts, **numbers, "as_of": "datetime64[us, UTC]", "explore": "bool"}
    types |= {"expires_at": "datetime64[us, UTC]"}
    return check(ISSUED, table.astype(types))


def files(table, crm, **keys):
    """Return the bytes of every file, by its number."""
    whole = {}
    for piece in pieces(table, crm, **keys):
        whole[piece.file] = whole.get(piece.file, b"") + piece.content
    return whole


def counted(table, crm):
    """Return how many cells were shortened and escaped, by field."""
    told = list(pieces(table, crm))
    return [
        {f.name: n for f in FIELDS if (n := sum(getattr(p.counts, what)[f.name] for p in told))}
        for what in ("shortened", "escaped")
    ]


def read(content, crm):
    """Return the rows of one file by logical field, read as its encoding and delimiter say."""
    text = content.decode("utf-8-sig" if crm.bom else "utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=crm.delimiter)
    assert tuple(header) == crm.columns
    return [dict(zip((f.name for f in FIELDS), row, strict=True)) for row in rows]


def read_all(table, crm, **keys):
    """Return the rows of all files, in order."""
    return [row for content in files(table, crm, **keys).values() for row in read(content, crm)]


def texts_of(crm):
    """Return the fields whose cells are text, by name."""
    return [f.name for f in FIELDS if f.kind not in (Kind.NUMBER, Kind.FLAG)]


def issue(root, table, **inputs):
    """Write an issued table as a partition of a project; return its folder."""
    moment = table["as_of"].iloc[0]
    inputs = {"as_of": str(moment), "decision_id": "0001", **inputs}
    folder = partition(root / "data/issued", as_of=moment, inputs=inputs)
    write_partition(folder, table, inputs=inputs, counts={"scored": len(table)})
    return folder


def nights(root):
    """Fill a project with two nights of three leads: L1 warms up, L2 stays, L3 is gone, L4 is new."""
    first = issue(root, issued({}, {"tier": "cold"}, {}))
    now = {"as_of": AS_OF + pd.Timedelta(days=1)}
    second = issue(
        root,
        issued(
            {"score": 70.0, "tier": "hot"} | now, {"tier": "cold"} | now, {"lead_id": "L4"} | now
        ),
    )
    return first, second
