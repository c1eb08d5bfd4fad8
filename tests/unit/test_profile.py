"""A proposal for an unknown export: read by `load_mapping`, or clear about what is to fill in."""

import datetime as dt
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from leadscore.adapters.config.sources import load_mapping
from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.adapters.ingest.reading import read_export
from leadscore.adapters.profiling import profile
from leadscore.adapters.profiling.guess import name_guess
from leadscore.adapters.profiling.profile import profile_table, propose_mapping
from leadscore.domain.errors import InputError
from tests.exports import text_of

DATED = """Lead ID;Date de création;Statut;Date de clôture;Montant;Effectif;E-mail;Nom
L1;31/01/2024;Gagné;28/02/2024;1 200,50;12;a@firm.example;Doe
L2;01/02/2024;Perdu;03/03/2024;;Select;b@other.example;Roe
L3;02/02/2024;En cours;;;40;c@gmail.com;Poe
"""


def proposal(folder, content, name="export.csv"):
    text_of(folder / name, content)
    return propose_mapping(folder / name)


def loaded(folder, text):
    path = folder / "proposed.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def roles(mapping, file="leads"):
    return {header: column.role for header, column in mapping.files[file].columns.items()}


def test_french_export_is_understood_and_can_be_read_once_the_zone_is_filled_in(tmp_path):
    text = proposal(tmp_path, DATED)
    mapping = loaded(tmp_path, text)
    assert roles(mapping) == {
        "Lead ID": "lead_id", "Date de création": "created_at", "Statut": "status", "Date de clôture": "closed_at",
        "Montant": "amount", "Effectif": "property", "E-mail": "property", "Nom": "ignore",
    }  # fmt: skip
    assert (mapping.shape, mapping.format, mapping.nulls) == ("dated", "%d/%m/%Y", ["", "Select"])
    assert (mapping.files["leads"].separator, mapping.files["leads"].decimal) == (";", ",")
    assert mapping.statuses == {"Gagné": "won", "Perdu": "lost", "En cours": "open"}
    with pytest.raises(InputError, match="naive-time"):
        read_export(mapping, tmp_path, mapping_file=Path("m.yaml"))
    filled = loaded(tmp_path, text.replace("zone: null", "zone: Europe/Paris"))
    export = read_export(filled, tmp_path, mapping_file=Path("m.yaml"))
    assert export.outcomes["amount"].tolist()[0] == 1200.5
    assert export.leads["email_domain"].tolist() == ["firm.example", "other.example", "gmail.com"]


def test_day_or_month_first_is_left_to_the_user(tmp_path):
    ambiguous = DATED.replace("31/01", "01/01").replace("28/02", "02/02")
    text = proposal(tmp_path, ambiguous)
    assert 'format: FILL_IN # day or month first? "%d/%m/%Y" or "%m/%d/%Y"' in text
    with pytest.raises(InputError, match="format: must be one of iso, .*got 'FILL_IN'"):
        loaded(tmp_path, text)


def test_wide_export_without_dates_or_ids_is_proposed_by_row(tmp_path):
    text = proposal(tmp_path, "age,pdays,y\n30,999,yes\n40,999,no\n30,3,no\n")
    mapping = loaded(tmp_path, text)
    assert (mapping.shape, mapping.order, mapping.lead_id) == ("wide", "none", "row")
    assert mapping.statuses == {"no": "lost", "yes": "won"}
    assert "#   pdays: 999" in text
    assert "999" not in mapping.nulls


def test_missing_status_is_marked_and_refused(tmp_path):
    text = proposal(
        tmp_path, "Id,Created,Channel\na,2024-01-01T08:00:00Z,ads\nb,2024-01-02T08:00:00Z,fair\n"
    )
    assert "# FILL IN: no column says won or lost" in text
    with pytest.raises(InputError, match="outcomes come from one file with role `status`"):
        loaded(tmp_path, text)


def test_event_file_lists_its_words(tmp_path):
    text = proposal(
        tmp_path,
        "Lead ID,Time,Activity\na,2024-01-01T08:00:00Z,Mail opened\na,2024-01-02T08:00:00Z,NO\n",
    )
    assert '  "Mail opened": {type: mail_opened}' in text
    (tmp_path / "p.yaml").write_text(text)
    plain = load_yaml(tmp_path / "p.yaml")
    assert plain["events"] == {"Mail opened": {"type": "mail_opened"}, "NO": {"type": "no"}}
    with pytest.raises(InputError, match="exactly one file must hold the leads"):
        loaded(tmp_path, text)


def test_other_encodings_and_strange_headers_are_proposed(tmp_path):
    content = "id,Größe (%),on,twice,twice,,won\na,5,p,x,y,,1\nb,6,q,x,z,,0\n".encode("cp1252")
    text = proposal(tmp_path, content)
    mapping = loaded(tmp_path, text)
    assert mapping.files["leads"].encoding == "cp1252"
    assert mapping.property_columns().keys() == {"grosse", "on"}
    assert roles(mapping)["Größe (%)"] == "property"
    assert "twice" not in text


def test_columns_that_may_be_written_later_are_marked(tmp_path):
    text = proposal(tmp_path, "id,Converted,Last Activity\na,1,call\nb,0,mail\n")
    assert (
        '"Last Activity": {role: property, name: last_activity, known: as_exported} # CHECK: may be'
        in text
    )


@pytest.mark.parametrize(
    ("header", "guess"),
    [
        ("Lead ID", "lead_id"), ("identifiant", "lead_id"), ("Created Date", "created_at"), ("créé le", "created_at"),
        ("Close Date", "closed_at"), ("Close Value", "amount"), ("dealStage", "status"), ("Fonction", "job_title"),
        ("Téléphone mobile", "person"), ("Pays", "country"), ("Shoe size", None),
    ],
)  # fmt: skip
def test_names_in_english_and_french_are_guessed(header, guess):
    assert name_guess(header) == guess


def test_table_of_columns_masks_persons(tmp_path):
    text_of(tmp_path / "export.csv", DATED)
    table = profile_table(tmp_path / "export.csv").set_index("column")
    assert table.loc["E-mail", "sample"].startswith("***@")
    assert table.loc["Nom", "sample"] == "(masked)"
    assert table.loc["Montant", ["filled", "distinct", "kind"]].tolist() == [1 / 3, 1, "number"]


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "empty-file"), (b"PK\x03\x04", "zip"), (b"a,b\n", "no-rows")]
)
def test_unreadable_export_is_an_input_error(tmp_path, content, says):
    with pytest.raises(InputError, match=says):
        proposal(tmp_path, content)


def as_cells(rows):
    """Return text rows with their days and numbers as a typed file would hold them."""
    return [[typed(cell) for cell in row] for row in rows]


def typed(cell):
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        return dt.date.fromisoformat(cell)
    return float(cell) if cell.isdigit() else cell or None


TYPED = """Lead ID,Created,Status,Closed,Employees,Country
L1,2024-01-31,Won,2024-02-28,12,NA
L2,2024-02-01,Lost,2024-03-03,,FR
L3,2024-02-02,Open,,40,FR
"""


def in_parquet(folder):
    headers, *rows = (line.split(",") for line in TYPED.splitlines())
    columns = dict(zip(headers, map(list, zip(*as_cells(rows), strict=True)), strict=True))
    pq.write_table(pa.table(columns | {"Tags": [["a"]] * 3}), folder / "export.parquet")
    return folder / "export.parquet"


def in_folder(folder):
    file = in_parquet(folder)
    (folder / "parts").mkdir()
    return file.rename(folder / "parts/part-0.parquet").parent


def in_workbook(folder):
    with xlsxwriter.Workbook(folder / "export.xlsx") as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("All leads")
        headers, *rows = (line.split(",") for line in TYPED.splitlines())
        sheet.write(0, 0, "Leads of the CRM")
        for r, row in enumerate([headers, *as_cells(rows)], start=2):
            for c, cell in enumerate(row):
                sheet.write(r, c, cell, *([day] if isinstance(cell, dt.date) else []))
        book.add_worksheet("Notes").write(0, 0, "Made by the CRM")
    return folder / "export.xlsx"


@pytest.mark.parametrize("kind", [in_parquet, in_folder, in_workbook])
def test_typed_files_are_proposed_as_csv_is(tmp_path, kind):
    (tmp_path / "in").mkdir()
    file = kind(tmp_path / "in")
    text = propose_mapping(file).replace("zone: null", "zone: Europe/Paris")
    mapping = loaded(tmp_path, text)
    assert roles(mapping) == {
        "Lead ID": "lead_id", "Created": "created_at", "Status": "status", "Closed": "closed_at",
        "Employees": "property", "Country": "property",
    }  # fmt: skip
    assert (mapping.format, mapping.nulls) == ("iso", [""])
    assert "(3 rows)" in text
    export = read_export(mapping, file.parent, mapping_file=Path("m.yaml"))
    assert export.outcomes["status"].tolist() == ["won", "lost", "open"]
    assert export.leads["employees"].tolist()[::2] == [12.0, 40.0]
    assert export.leads["country"].tolist() == ["NA", "FR", "FR"]


def test_the_sheet_that_was_looked_at_is_declared(tmp_path):
    text = propose_mapping(in_workbook(tmp_path))
    assert 'sheet: "All leads" # CHECK: the workbook also has "Notes"' in text


def test_a_long_export_is_judged_by_its_first_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(profile, "LOOKED_AT_ROWS", 2)
    columns = {"Id": [f"L{i}" for i in range(70_000)], "won": [0, 1] * 35_000}
    pq.write_table(pa.table(columns), tmp_path / "export.parquet")
    assert "(its first 65,536 rows)" in propose_mapping(tmp_path / "export.parquet")


def test_namibia_is_no_missing_country(tmp_path):
    text = proposal(tmp_path, "id,Country,Source,won\na,NA,NA,1\nb,FR,ads,0\nc,FR,n/a,0\n")
    assert loaded(tmp_path, text).nulls == ["", "n/a"]
    assert "# CHECK: NA is a country here, so it is no null; if it is" in text
