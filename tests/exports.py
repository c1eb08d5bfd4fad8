"""A CRM export of three small files, and its mapping; tests change what they are about."""

from pathlib import Path

from leadscore.adapters.ingest.reading import read_export
from leadscore.domain.mapping import SourceMapping

LEADS = """Id,Created,Channel
a,2024-01-01T08:00:00Z,ads
b,2024-01-02T08:00:00Z,fair
"""
EVENTS = """Lead,Time,What
a,2024-01-03T08:00:00Z,Mail opened
b,2024-01-04T08:00:00Z,Demo asked
"""
DEALS = """Lead,Status,Closed
a,Won,2024-02-01T08:00:00Z
b,Open,
"""


def text_of(path, content):
    """Write a file of an export."""
    Path(path).write_bytes(content if isinstance(content, bytes) else content.encode())


def plain_mapping(**changes):
    """Return the mapping of the three files as its YAML would read, with some keys changed."""
    plain = {
        "description": "three small files",
        "shape": "events",
        "max_reject_share": 1.0,
        "max_orphan_share": 1.0,
        "files": {
            "leads": {
                "path": "leads.csv",
                "columns": {
                    "Id": {"role": "lead_id"},
                    "Created": {"role": "created_at"},
                    "Channel": {"role": "property", "name": "channel"},
                },
            },
            "events": {
                "path": "events.csv",
                "columns": {
                    "Lead": {"role": "lead_id"},
                    "Time": {"role": "occurred_at"},
                    "What": {"role": "type"},
                },
            },
            "deals": {
                "path": "deals.csv",
                "columns": {
                    "Lead": {"role": "lead_id"},
                    "Status": {"role": "status"},
                    "Closed": {"role": "closed_at"},
                },
            },
        },
        "events": {
            "Mail opened": {"type": "email_opened", "label": "E-mail opened"},
            "Mail sent": {"type": "email_sent", "is_engagement": False},
            "Demo asked": {"type": "demo_request"},
        },
        "statuses": {"Won": "won", "Lost": "lost", "Open": "open"},
    }
    return plain | changes


def read(folder, *, leads=LEADS, events=EVENTS, deals=DEALS, words=None, **changes):
    """Write the three files and read them as an export; `words` replaces the mapping's `events`."""
    changes |= {} if words is None else {"events": words}
    for name, content in (("leads", leads), ("events", events), ("deals", deals)):
        if content is not None:
            text_of(folder / f"{name}.csv", content)
    mapping = SourceMapping.model_validate(plain_mapping(**changes))
    return read_export(mapping, folder, mapping_file=Path("small.yaml"))


def wide_mapping(columns, **changes):
    """Return the mapping of one file `wide.csv` without dates; `Id` and `Won` are always there."""
    plain = {
        "description": "one wide file",
        "shape": "wide",
        "order": "none",
        "max_reject_share": 1.0,
        "max_orphan_share": 1.0,
        "files": {
            "leads": {
                "path": "wide.csv",
                "columns": {"Id": {"role": "lead_id"}, "Won": {"role": "status"}, **columns},
            }
        },
        "statuses": {"1": "won", "0": "lost"},
    }
    return plain | changes


def read_wide(folder, content, columns, *, dialect=None, **changes):
    """Write `wide.csv` and read it; `columns` are the property columns, `dialect` keys of the file."""
    text_of(folder / "wide.csv", content)
    plain = wide_mapping(columns, **changes)
    plain["files"]["leads"] |= dialect or {}
    return read_export(SourceMapping.model_validate(plain), folder, mapping_file=Path("wide.yaml"))


def refused(export):
    """Return (file, line, code) of every refused row."""
    table = export.rejected
    return list(zip(table["file"], table["line"], table["code"], strict=True))


def column(table, name, by="lead_id"):
    """Return a column as a dict by lead; None for nulls."""
    cells = table[name].astype(object).where(table[name].notna(), None)
    return dict(zip(table[by], cells, strict=True))
