"""A CRM export that tells what its leads were: two leads, and a history as a text table.

Both leads are created on 1 January 2024; the leads' file holds what they are on the day of the export.
"""

import copy
from pathlib import Path

from leadscore.adapters.ingest.reading import read_export
from leadscore.domain.mapping import SourceMapping
from tests.exports import plain_mapping, text_of

LEADS = """
    Id | Created              | Industry | Size
    a  | 2024-01-01T08:00:00Z | Retail   | 12,5
    b  | 2024-01-01T08:00:00Z | Bank     | 3
"""
PROPERTIES = {
    "Industry": {"role": "property", "name": "industry", "known": "history"},
    "Size": {"role": "property", "name": "size", "kind": "number", "known": "history"},
}
CHANGES = {
    "Lead": {"role": "lead_id"},
    "When": {"role": "occurred_at"},
    "Field": {"role": "field", "values": {"Industry": "industry", "Staff": "size"}},
    "Old": {"role": "old_value"},
    "New": {"role": "new_value"},
}
VERSIONS = {
    "Lead": {"role": "lead_id"},
    "From": {"role": "valid_from"},
    "To": {"role": "valid_to"},
    "Industry": {"role": "property", "name": "industry"},
}
NO_EVENTS = "Lead,Time,What\na,2024-06-01T00:00:00Z,Mail opened\n"
OPEN = "Lead,Status,Closed\na,Open,\nb,Open,\n"


def csv_of(table):
    """Return a text table as a CSV file with semicolons."""
    return "".join(
        ";".join(cell.strip() for cell in line.split("|")) + "\n"
        for line in table.strip().splitlines()
    )


def export(folder, history, columns, *, leads=LEADS, properties=None, **changes):
    """Read an export whose leads have a history; each column is in the mapping if the table has it."""
    plain = copy.deepcopy(plain_mapping(zone="UTC"))
    plain["events"]["Demo asked"] = {"type": "demo_request"}
    own = properties or {name: c for name, c in PROPERTIES.items() if name in leads}
    written = {"separator": ";", "decimal": ","}
    plain["files"]["leads"] = {
        "path": "leads.csv",
        **written,
        "columns": {"Id": {"role": "lead_id"}, "Created": {"role": "created_at"}, **own},
    }
    headers = [cell.strip() for cell in history.strip().splitlines()[0].split("|")]
    plain["files"]["history"] = {
        "path": "history.csv",
        **written,
        "columns": {header: columns[header] for header in headers},
    }
    for name, content in (
        ("leads", csv_of(leads)),
        ("history", csv_of(history)),
        ("events", NO_EVENTS),
        ("deals", OPEN),
    ):
        text_of(folder / f"{name}.csv", content)
    mapping = SourceMapping.model_validate(plain | changes)
    return read_export(mapping, folder, mapping_file=Path("small.yaml"))


def only(name):
    """Return the properties and the words of one field alone."""
    own = {header: c for header, c in PROPERTIES.items() if c["name"] == name}
    field = CHANGES["Field"]["values"]
    words = {word: meaning for word, meaning in field.items() if meaning == name}
    return own, CHANGES | {"Field": {"role": "field", "values": words}}


def of_industry(folder, history, **changes):
    own, columns = only("industry")
    return export(folder, history, columns, properties=own, **changes)


def of_size(folder, history, **changes):
    own, columns = only("size")
    return export(folder, history, columns, properties=own, **changes)


def of_versions(folder, history, **changes):
    own, _ = only("industry")
    return export(folder, history, VERSIONS, properties=own, **changes)


def told(export, words):
    """Return the one warning that holds these words."""
    (warning,) = [w for w in export.warnings if words in w]
    return warning


def unwarned(export):
    return not any("history of" in warning for warning in export.warnings)
