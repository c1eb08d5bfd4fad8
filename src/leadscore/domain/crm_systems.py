"""The CRMs a file can be made for, one entry each: columns, formats and limits of its import.

`docs/crm_files.md` says for each of them what its maker documents and what nobody here has verified.
"""

from __future__ import annotations

from collections.abc import Mapping

from leadscore.domain.crm_fields import Crm, Kind
from leadscore.domain.errors import InputError, nearest

_MB = 1_000_000
"""Bytes; the smaller reading of a maker's MB."""


def _types(
    *, number: str, choice: str, flag: str, reasons: str, word: str, moment: str
) -> Mapping[Kind, str]:
    return {
        Kind.NUMBER: number, Kind.CHOICE: choice, Kind.FLAG: flag, Kind.REASONS: reasons,
        Kind.WORD: word, Kind.MOMENT: moment,
    }  # fmt: skip


_ALL = (
    Crm(
        "hubspot", "HubSpot",
        key="Record ID",
        finds="HubSpot's own Record ID; another id must be a property that requires unique values",
        header="Leadscore {title}",
        types=_types(
            number="Number", choice="Dropdown select", flag="Single checkbox",
            reasons="Multi-line text", word="Single-line text", moment="Date picker",
        ),
        text_limit=65_536, moment="%Y-%m-%d", flag=("true", "false"), rows=1_048_575, size=20 * _MB,
    ),
    Crm(
        "salesforce", "Salesforce",
        key="Id",
        finds="Salesforce's own record Id; another id must be a field marked External ID",
        header="Leadscore_{under}__c",
        types=_types(
            number="Number", choice="Picklist", flag="Checkbox", reasons="Text Area (Long), 32,768",
            word="Text(255)", moment="Date/Time",
        ),
        text_limit=32_768, moment="%Y-%m-%dT%H:%M:%SZ", flag=("true", "false"), rows=None,
        size=100 * _MB, no_value="#N/A", no_reasons="#N/A", line_end="\n",
    ),
    Crm(
        "dynamics", "Dynamics 365",
        key="leadid",
        finds="the primary key (GUID) of the table lead; another id must be an alternate key",
        header="Leadscore {title}",
        types=_types(
            number="Decimal Number", choice="Choice", flag="Yes/No", reasons="Text Area, 4,000",
            word="Text", moment="Date and Time",
        ),
        text_limit=4_000, moment="%Y-%m-%d %H:%M:%S", flag=("Yes", "No"), rows=None, size=8 * _MB,
        bom=True,
    ),
    Crm(
        "zoho", "Zoho CRM",
        key="Record Id",
        finds="Zoho's own record id, with the option to overwrite; another id must be a unique field",
        header="Leadscore {title}",
        types=_types(
            number="Decimal", choice="Pick List", flag="Checkbox", reasons="Multi Line (small, 2,000)",
            word="Single Line", moment="Date/Time",
        ),
        text_limit=2_000, moment="%m/%d/%Y %H:%M:%S", flag=("true", "false"), rows=10_000,
        size=5 * _MB,
    ),
    Crm(
        "pipedrive", "Pipedrive",
        key="Pipedrive System ID",
        finds="Pipedrive's own id of the person; map the column to `Pipedrive System ID - Person`",
        header="Leadscore {title}",
        types=_types(
            number="Numerical", choice="Single option", flag="Single option", reasons="Large text",
            word="Text", moment="Date",
        ),
        text_limit=65_000, moment="%Y-%m-%d", flag=("yes", "no"), rows=50_000, size=50 * _MB,
    ),
    Crm(
        "freshsales", "Freshsales",
        key="Freshworks CRM ID",
        finds="Freshsales' own id; another id must be a text or number field, which imports can match too",
        header="Leadscore {title}",
        types=_types(
            number="Decimal", choice="Dropdown", flag="Checkbox", reasons="Text area",
            word="Text field", moment="Date",
        ),
        text_limit=2_000, moment="%Y-%m-%d", flag=("true", "false"), rows=None, size=5 * _MB,
        also_needs=("Last name",),
    ),
    Crm(
        "sage", "Sage CRM",
        key="Leadscore Lead Key",
        finds="a text field of your own with the id of the export, and a Dedupe Rule (exact match) on it",
        header="Leadscore {title}",
        types=_types(
            number="Numeric", choice="Selection", flag="Checkbox", reasons="Multiline Text",
            word="Text", moment="Date only",
        ),
        text_limit=None, moment="%Y-%m-%d", flag=("Y", "N"), rows=5_000, size=None,
        also_needs=("Company Name", "Last Name", "First Name", "Description", "Assigned to", "Email"),
    ),
    Crm(
        "marketo", "Marketo",
        key="id",
        finds="Marketo's own id, with lookupField=id; the import also creates what it does not find",
        header="leadscore{camel}",
        types=_types(
            number="Float", choice="String", flag="Boolean", reasons="Text Area", word="String",
            moment="Datetime",
        ),
        text_limit=30_000, unit="bytes", moment="%Y-%m-%dT%H:%M:%S+00:00", flag=("true", "false"),
        rows=None, size=10 * _MB - 1,  # "less than 10MB"
    ),
    Crm(
        "odoo", "Odoo",
        key="External ID",
        finds="the external id, as Odoo's own export for updates gives it; for numeric ids map to Database ID",
        header="x_leadscore_{snake}",
        types=_types(
            number="Float", choice="Selection", flag="Boolean", reasons="Text", word="Char",
            moment="Datetime",
        ),
        text_limit=None, moment="%Y-%m-%d %H:%M:%S", flag=("True", "False"), rows=10_000, size=None,
        no_reasons="",
    ),
    Crm(
        "mautic", "Mautic",
        key="leadscore_lead_key",
        finds="a custom field of your own with the id of the export, set as unique identifier",
        header="leadscore_{snake}",
        types=_types(
            number="Number", choice="Select", flag="Boolean", reasons="Textarea", word="Text",
            moment="Date/Time",
        ),
        text_limit=16_000, moment="%Y-%m-%d %H:%M:%S", flag=("1", "0"), rows=5_000, size=None,
    ),
)  # fmt: skip

CRMS: Mapping[str, Crm] = {crm.name: crm for crm in _ALL}
"""By the name the command line takes."""


def crm_named(name: str) -> Crm:
    """Return the entry of a CRM.

    Raises
    ------
    InputError
        ``unknown-crm``: with the names there are.
    """
    found = CRMS.get(name.strip().casefold())
    if found is None:
        known = ", ".join(CRMS)
        hint = nearest(name, CRMS)
        fix = f"known: {known}" if hint.startswith("known") else f"{hint} known: {known}"
        raise InputError("unknown-crm", f"no CRM is called {name!r}", column="--to", fix=fix)
    return found
