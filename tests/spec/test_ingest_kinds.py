"""One small export kept in seven ways gives the same tables: what it lies in changes nothing."""

import datetime as dt
import gzip
import sqlite3

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from sqlalchemy import create_engine

from leadscore.adapters.ingest.reading import read_export
from leadscore.domain.mapping import SourceMapping
from tests.postgres import running_server


def at(*clock):
    """Return a time as the clocks of Paris show it, so that every kind can hold it."""
    return dt.datetime(*clock)  # noqa: DTZ001


TABLES = {
    "leads": (
        ("Id", "Créé", "Pays", "Effectif", "Devis"),
        [
            ("007", at(2024, 1, 1, 8, 0), "NA", 12, 1234.5),
            ("b-2", at(2024, 1, 2, 8, 30, 5), "FR", None, 0.25),
            ("c-3", at(2024, 7, 3, 0, 0), "", 4000, None),
        ],
    ),
    "events": (
        ("Lead", "Quand", "Quoi", "Valeur"),
        [
            ("007", at(2024, 1, 3, 9, 0), "Mail ouvert", 1.0),
            ("b-2", at(2024, 1, 4, 9, 0), "Démo; demandée", 2.5),
            ("007", at(2024, 1, 5, 9, 0), "Mail ouvert", None),
        ],
    ),
    "deals": (
        ("Lead", "Statut", "Clos", "Montant"),
        [
            ("007", "Gagné", dt.date(2024, 2, 1), 12500.75),
            ("b-2", "Perdu", dt.date(2024, 3, 1), None),
            ("c-3", "En cours", None, None),
        ],
    ),
}  # fmt: skip
COLUMNS = {
    "leads": {
        "Id": {"role": "lead_id"},
        "Créé": {"role": "created_at"},
        "Pays": {"role": "property", "name": "country", "kind": "country"},
        "Effectif": {"role": "property", "name": "employees", "kind": "number"},
        "Devis": {"role": "property", "name": "quote", "kind": "number"},
    },
    "events": {
        "Lead": {"role": "lead_id"},
        "Quand": {"role": "occurred_at"},
        "Quoi": {"role": "type"},
        "Valeur": {"role": "value"},
    },
    "deals": {
        "Lead": {"role": "lead_id"},
        "Statut": {"role": "status"},
        "Clos": {"role": "closed_at"},
        "Montant": {"role": "amount"},
    },
}


def read(folder, ending="", **keys):
    """Read the export by the one mapping; `keys` say how its files are written."""
    files = {
        name: {"path": f"{name}{ending}", "columns": columns}
        | {k: v(name) if callable(v) else v for k, v in keys.items()}
        for name, columns in COLUMNS.items()
    }
    mapping = {
        "description": "one export", "shape": "events", "zone": "Europe/Paris", "files": files,
        "nulls": [""],
        "events": {"Mail ouvert": {"type": "email_opened"}, "Démo; demandée": {"type": "demo"}},
        "statuses": {"Gagné": "won", "Perdu": "lost", "En cours": "open"},
    }  # fmt: skip
    return read_export(
        SourceMapping.model_validate(mapping), folder, mapping_file=folder / "one.yaml"
    )


def as_csv(name, *, separator=",", decimal="."):
    headers, rows = TABLES[name]
    lines = [headers, *([_written(cell, decimal) for cell in row] for row in rows)]
    return "".join(
        separator.join(f'"{c}"' if separator in c else c for c in line) + "\r\n" for line in lines
    )


def _written(cell, decimal):
    if isinstance(cell, float):
        return str(cell).replace(".", decimal)
    return "" if cell is None else str(cell)


def in_csv(folder, _):
    for name in TABLES:
        (folder / f"{name}.csv").write_text(as_csv(name), encoding="utf-8")
    return read(folder, ".csv")


def in_french_csv(folder, _):
    for name in TABLES:
        text = as_csv(name, separator=";", decimal=",")
        (folder / f"{name}.csv").write_bytes(text.encode("cp1252"))
    return read(folder, ".csv", separator=";", decimal=",", encoding="cp1252")


def in_gzip(folder, _):
    for name in TABLES:
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(as_csv(name).encode()))
    return read(folder, ".csv")


def in_parquet(folder, _):
    for name, (headers, rows) in TABLES.items():
        columns = dict(zip(headers, map(list, zip(*rows, strict=True)), strict=True))
        pq.write_table(pa.table(columns), folder / f"{name}.parquet", write_page_checksum=True)
    return read(folder, ".parquet")


def in_parts(folder, _):
    for name, (headers, rows) in TABLES.items():
        (folder / name).mkdir()
        for n, row in enumerate(rows):
            columns = {header: [cell] for header, cell in zip(headers, row, strict=True)}
            pq.write_table(pa.table(columns), folder / name / f"part-{n}.parquet")
    return read(folder, "/")


def in_workbook(folder, _):
    with xlsxwriter.Workbook(folder / "crm.xlsx") as book:
        time = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        for name, (headers, rows) in TABLES.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate([headers, *rows]):
                for c, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(r, c, cell, time)
                    elif isinstance(cell, str):
                        sheet.write_string(r, c, cell)
                    else:
                        sheet.write(r, c, cell)
    return read(folder, path="crm.xlsx", sheet=str)


def in_sqlite(folder, environment):
    environment.setenv("CRM_DB", f"sqlite:///{folder / 'crm.db'}")
    with sqlite3.connect(folder / "crm.db") as made:
        for name, (headers, rows) in TABLES.items():
            made.execute(f"create table {name} ({', '.join(headers)})")
            cells = [[str(c) if isinstance(c, dt.date) else c for c in row] for row in rows]
            made.executemany(f"insert into {name} values ({','.join('?' * len(headers))})", cells)
    made.close()
    return read(folder, sql=lambda name: {"url_env": "CRM_DB", "query": f"select * from {name}"})


def in_postgresql(folder, environment):
    with running_server() as address:
        environment.setenv("CRM_DB", address)
        engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
        for name, (headers, rows) in TABLES.items():
            columns = dict(zip(headers, map(list, zip(*rows, strict=True)), strict=True))
            pd.DataFrame(columns).to_sql(name, engine, index=False)
        engine.dispose()
        return read(
            folder, sql=lambda name: {"url_env": "CRM_DB", "query": f"select * from {name}"}
        )


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return in_csv(tmp_path_factory.mktemp("csv"), None)


def test_the_export_is_what_it_should_be(expected):
    """8:00 in Paris is 7:00 UTC in winter; midnight of 3 July is 22:00 UTC of 2 July."""
    leads = expected.leads
    assert leads["lead_id"].tolist() == ["007", "b-2", "c-3"]
    assert leads["created_at"].astype(str).tolist() == [
        "2024-01-01 07:00:00+00:00", "2024-01-02 07:30:05+00:00", "2024-07-02 22:00:00+00:00",
    ]  # fmt: skip
    assert leads["country"].tolist()[:2] == ["NA", "FR"]
    assert leads["quote"].tolist()[:2] == [1234.5, 0.25]
    assert expected.events["type"].tolist() == ["email_opened", "email_opened", "demo"]
    assert expected.outcomes["status"].tolist() == ["won", "lost", "open"]
    assert expected.outcomes["amount"].tolist()[0] == 12500.75
    assert len(expected.rejected) == 0


@pytest.mark.parametrize(
    "kind", [in_french_csv, in_gzip, in_parquet, in_parts, in_workbook, in_sqlite, in_postgresql]
)
def test_every_kind_gives_the_same_tables(tmp_path, monkeypatch, expected, kind):
    export = kind(tmp_path, monkeypatch)
    for table in ("leads", "events", "outcomes", "rejected"):
        pd.testing.assert_frame_equal(getattr(export, table), getattr(expected, table), obj=table)
    assert export.observed_until == expected.observed_until


def test_sheets_of_one_workbook_are_counted_and_hashed_apart(tmp_path, monkeypatch):
    export = in_workbook(tmp_path, monkeypatch)
    names = ["crm.xlsx[leads]", "crm.xlsx[events]", "crm.xlsx[deals]"]
    assert [file.path for file in export.inputs] == names
    assert sorted((count.file, count.rows, count.kept) for count in export.counts) == sorted(
        (name, 3, 3) for name in names
    )
    assert len({file.sha256 for file in export.inputs}) == 3
