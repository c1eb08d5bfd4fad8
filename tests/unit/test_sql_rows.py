"""Queries as text: SQLite and a real PostgreSQL; read-only, in time, and silent about the address."""

import sqlite3
import sys
import traceback

import pytest
from sqlalchemy import create_engine

from leadscore.adapters.config.sources import load_mapping
from leadscore.adapters.rows.sql_rows import open_sql
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Dialect
from leadscore.domain.mapping_sql import SqlQuery
from tests.postgres import PASSWORD, SAFE, free_port, running_server

LEADS = [("a", 1, 1234.5, None), ("b", 2, 7.0, "won")]


@pytest.fixture(scope="module")
def server():
    with running_server() as address:
        engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.exec_driver_sql("create table leads (id text, n int)")
            connection.exec_driver_sql("create sequence s")
            connection.exec_driver_sql("insert into leads values ('a', 1), ('b', 2)")
        engine.dispose()
        yield address


@pytest.fixture
def postgres(server, monkeypatch):
    monkeypatch.setenv("LEADS_DB", server)
    return server


@pytest.fixture
def sqlite(tmp_path, monkeypatch):
    path = tmp_path / "crm ü.db"
    with sqlite3.connect(path) as made:
        made.execute("create table leads (id text, n integer, amount real, status text)")
        made.executemany("insert into leads values (?, ?, ?, ?)", LEADS)
    made.close()
    monkeypatch.setenv("LEADS_DB", f"sqlite:///{path}")
    return path


def dialect(query, *, decimal=".", **sql):
    plain = {"url_env": "LEADS_DB", "query": query, **sql}
    return Dialect.model_validate({"path": "leads", "decimal": decimal, "sql": plain})


def cells(folder, query, wanted, **keys):
    read = {header: [] for header in wanted}
    for chunk in open_sql(folder, dialect(query, **keys), wanted=wanted).chunks():
        for header in wanted:
            read[header] += chunk.columns[header].tolist()
    return read


def refused(folder, query="select 1 as id", wanted=("id",), **keys):
    with pytest.raises(InputError) as told:
        cells(folder, query, list(wanted), **keys)
    shown = "".join(traceback.format_exception(told.value))
    assert not any(secret in shown for secret in (PASSWORD, SAFE, "s3cret"))
    return told.value


def test_a_table_of_sqlite_is_read(tmp_path, sqlite):
    source = open_sql(tmp_path, dialect("select * from leads"), wanted=["id", "amount", "status"])
    assert (source.name, source.n_bytes, source.headers) == (
        "sql:leads", 0, ("id", "n", "amount", "status"),
    )  # fmt: skip
    (chunk,) = source.chunks()
    assert {h: c.tolist() for h, c in chunk.columns.items()} == {
        "id": ["a", "b"], "amount": ["1234.5", "7"], "status": ["", "won"],
    }  # fmt: skip
    assert (chunk.line.tolist(), chunk.number.tolist()) == ([2, 3], [1, 2])


def test_numbers_get_the_decimal_mark_of_the_mapping(tmp_path, sqlite):
    read = cells(tmp_path, "select amount from leads", ["amount"], decimal=",")
    assert read == {"amount": ["1234,5", "7"]}


def test_the_hash_is_of_the_text_and_its_order(tmp_path, sqlite):
    def hashed(query, wanted=("id", "n")):
        source = open_sql(tmp_path, dialect(query), wanted=list(wanted))
        list(source.chunks())
        return source.sha256

    first = hashed("select id, n from leads order by id")
    assert first == hashed("select id, n, status from leads order by id")
    assert first != hashed("select id, n from leads order by id desc")
    assert first != hashed("select id || n as id, '' as n from leads order by id")


@pytest.mark.parametrize(
    "query",
    [
        "delete from leads", "drop table leads", "select 1; drop table leads", "insert into leads values (1)",
        "pragma writable_schema = 1", "", "-- select\nupdate leads set n = 1", "copy leads to '/x'",
    ],
)  # fmt: skip
def test_only_one_query_that_reads_is_taken(query):
    with pytest.raises(ValueError, match="must be one query that reads|must be a single query"):
        SqlQuery(url_env="LEADS_DB", query=query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1", "with x as (select 1) select * from x;", "/* all; */ select ';' -- it's all\n",
        '(select ";" from x)', "select $$a;b$$",
    ],
)  # fmt: skip
def test_quoted_marks_and_comments_do_not_count(query):
    assert SqlQuery(url_env="LEADS_DB", query=query).query.endswith(("1", "x", "';'", ")", "$$"))


@pytest.mark.parametrize(
    "sql",
    [
        "postgresql://u:s3cret@host/db",
        "{url_env: postgresql://u:s3cret@host/db, query: select 1}",
        "{url: postgresql://u:s3cret@host/db, query: select 1}",
        "{url_env: LEADS_DB, query: postgresql://u:s3cret@host/db}",
    ],
)
def test_an_address_in_the_mapping_is_refused_and_not_shown(tmp_path, sql):
    columns = "{Id: {role: lead_id}, Won: {role: status}, City: {role: property, name: city}}"
    path = tmp_path / "one.yaml"
    path.write_text(
        f"description: one\nshape: wide\norder: none\nstatuses: {{'1': won}}\n"
        f"files:\n  leads:\n    path: leads\n    columns: {columns}\n    sql: {sql}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="one.yaml:9 bad-mapping: files.leads.sql") as told:
        load_mapping(path)
    assert "s3cret" not in str(told.value)


def test_writing_is_refused_by_the_database_too(tmp_path, sqlite):
    error = refused(tmp_path, "with x as (select 1) insert into leads(id) select * from x")
    assert "attempt to write a readonly database" in str(error)


def test_a_missing_file_of_sqlite_is_not_made(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADS_DB", f"sqlite:///{tmp_path / 'none.db'}")
    assert "no such file, or it can't be read" in str(refused(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_is_told(tmp_path, monkeypatch):
    (tmp_path / "crm.db").write_bytes(b"Id;Status\n" * 200)
    monkeypatch.setenv("LEADS_DB", f"sqlite:///{tmp_path / 'crm.db'}")
    assert "not a database" in str(refused(tmp_path, "select id from leads"))


def test_a_query_that_thinks_too_long_is_stopped(tmp_path, sqlite):
    endless = (
        "with recursive c(i) as (select 1 union all select i + 1 from c) select max(i) as id from c"
    )
    error = refused(tmp_path, endless, timeout_s=1)
    assert "the database thought for longer than 1 seconds" in str(error)


def test_time_between_fetches_does_not_count(tmp_path, sqlite, monkeypatch):
    now = iter(range(0, 10**6, 50))
    monkeypatch.setattr("leadscore.adapters.rows.sql_database.time.monotonic", lambda: next(now))
    query = "with recursive c(i) as (select 1 union all select i + 1 from c where i < 50) select i as id from c"
    assert len(cells(tmp_path, query, ["id"], timeout_s=10)["id"]) == 50


def test_faults_of_the_query_are_told_in_the_words_of_the_database(tmp_path, sqlite):
    error = refused(tmp_path, "select statut as id from leads")
    assert "no such column: statut" in str(error)
    assert error.fix == "correct `sql.query` in the mapping"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select id from leads where 0", "no-rows"),
        ("select id, n as id from leads", "duplicate-header"),
        ("select n as ids from leads", "missing-column"),
        ("select x'ff' as id from leads", "unreadable-type"),
    ],
)
def test_what_gives_no_table_is_refused(tmp_path, sqlite, query, code):
    assert refused(tmp_path, query).code == code


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (None, "missing-variable"), ("", "missing-variable"), ("u:s3cret@host", "bad-address"),
        ("mysql://u:s3cret@host/db", "bad-address"), ("sqlite://", "bad-address"),
        ("postgresql://u:s3cret@host:port/db", "bad-address"),
        ("postgresql://u:s3cret@no.host.invalid/db", "no-connection"),
    ],
)  # fmt: skip
def test_addresses_that_lead_nowhere_are_told_and_not_shown(tmp_path, monkeypatch, address, code):
    monkeypatch.delenv("LEADS_DB", raising=False)
    if address is not None:
        monkeypatch.setenv("LEADS_DB", address)
    error = refused(tmp_path)
    assert error.code == code
    assert "LEADS_DB" in str(error)
    assert "host" not in str(error).replace("USER:PASSWORD@HOST", "")


def test_a_server_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADS_DB", f"postgresql://u:s3cret@127.0.0.1:{free_port()}/db")
    assert "no server listens there" in str(refused(tmp_path))


def test_a_missing_driver_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADS_DB", "postgresql://u:s3cret@127.0.0.1/db")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    error = refused(tmp_path)
    assert (error.code, error.fix) == ("missing-driver", "pip install 'leadscore[postgres]'")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.50::numeric", "1.50"), ("12345678901234567890::numeric", "12345678901234567890"),
        ("0.1::real", "0.1"), ("7::float8", "7"), ("'NaN'::float8", ""), ("null", ""), ("true", "true"),
        ("date '2024-01-02'", "2024-01-02"), ("timestamp '2024-01-02 03:04'", "2024-01-02T03:04:00"),
        ("timestamptz '2024-07-02 12:00+02'", "2024-07-02T10:00:00+00:00"), ("time '09:30'", "09:30:00"),
        ("interval '30 hours'", "30:00:00"), ("'é%s:x'", "é%s:x"),
    ],
)  # fmt: skip
def test_every_value_of_postgresql_has_one_spelling(tmp_path, postgres, value, text):
    assert cells(tmp_path, f"select {value} as id", ["id"]) == {"id": [text]}


def test_chunks_of_postgresql_join_to_the_whole(tmp_path, postgres):
    query = "select i::text as id from generate_series(1, 45000) i order by i"
    chunks = list(open_sql(tmp_path, dialect(query), wanted=["id"]).chunks())
    assert [chunk.n_rows for chunk in chunks] == [20_000, 20_000, 5_000]
    assert [i for c in chunks for i in c.columns["id"]] == [str(i) for i in range(1, 45_001)]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("with x as (delete from leads returning *) select * from x", "data-modifying"),
        ("select * into copied from leads", "SELECT ... INTO is not allowed"),
        ("select nextval('s')::text as id", "nextval() in a read-only transaction"),
        ("select nothing as id from leads", 'column "nothing" does not exist'),
        ("select 'infinity'::timestamp as id", "timestamp too large"),
    ],
)
def test_postgresql_refuses_to_write_and_says_what_is_wrong(tmp_path, postgres, query, told):
    error = refused(tmp_path, query)
    assert error.code == "query-failed"
    assert told in str(error)
    assert cells(tmp_path, "select id from leads order by id", ["id"]) == {"id": ["a", "b"]}


def test_postgresql_is_stopped_in_time(tmp_path, postgres):
    error = refused(tmp_path, "select pg_sleep(20)::text as id", timeout_s=1)
    assert "thought for longer than 1 seconds" in str(error)


def test_a_wrong_password_is_told_and_not_shown(tmp_path, postgres, monkeypatch):
    monkeypatch.setenv("LEADS_DB", postgres.replace(SAFE, "s3cret"))
    assert "the server refuses the user or the password" in str(refused(tmp_path))


def test_an_unknown_database_is_told(tmp_path, postgres, monkeypatch):
    monkeypatch.setenv("LEADS_DB", postgres.replace("/postgres", "/elsewhere"))
    assert "the server knows no such user or database" in str(refused(tmp_path))


def test_a_json_column_is_refused_if_wanted(tmp_path, postgres):
    assert cells(tmp_path, "select 'a' as id, '{}'::jsonb as j", ["id"]) == {"id": ["a"]}
    error = refused(tmp_path, "select 'a' as id, '{}'::jsonb as j", ["id", "j"])
    assert (error.code, error.column) == ("unreadable-type", "j")
