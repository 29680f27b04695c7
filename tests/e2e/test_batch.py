"""What a batch is and what comes back for it, on both engines."""

import sqlite3

import pytest

from sql import series, statements


def test_script_becomes_statements_numbered_from_one(client):
    b = client.batch("SELECT 1; SELECT 2 -- two;\n; /* ; */ SELECT ';'")
    assert b.accepted["statements"] == 3
    assert b.rows == {"1": [["1"]], "2": [["2"]], "3": [[";"]]}
    assert b.status("1", "2", "3") == ["ok"] * 3
    assert b.end["ok"] == 3


def test_list_form_names_its_statements(client):
    b = client.batch(
        [
            {"id": "a", "sql": "SELECT 1"},
            {"sql": "SELECT 2"},
            {"id": "ç", "sql": "SELECT 3;"},
        ]
    )
    assert b.rows == {"a": [["1"]], "2": [["2"]], "ç": [["3"]]}


def test_list_entry_is_one_statement_only(client):
    b = client.batch(statements("SELECT 1; SELECT 2"))
    assert b.rejected["error"]["source"] == "proxy"
    assert client.ping()


def test_script_of_one_bad_statement_runs_the_others(client):
    b = client.batch("SELECT 1; SELECT nothing_there; SELECT 3")
    assert b.status("1", "2", "3") == ["ok", "error", "ok"]
    assert b.rows["3"] == [["3"]]


def test_params_are_sent_as_text_or_null(client, engine):
    cast = "::text" if engine == "postgres" else ""
    b = client.batch(
        [
            {
                "id": "p",
                "sql": f"SELECT $1{cast}, $2{cast}, $3{cast} IS NULL, $2{cast}",
                "params": ["'; DROP TABLE x; --", "é😀", None],
            }
        ]
    )
    truth = "t" if engine == "postgres" else "1"
    assert b.rows["p"] == [["'; DROP TABLE x; --", "é😀", truth, "é😀"]]


def test_numbers_and_booleans_are_taken_as_text(client, engine):
    cast = "::text" if engine == "postgres" else ""
    sql = f"SELECT $1{cast}, $2{cast}, $3{cast}"
    b = client.batch([{"sql": sql, "params": [7, True, -2.5]}])
    assert b.rows["1"] == [["7", "true", "-2.5"]]


def test_an_empty_param_is_not_null(client, engine):
    cast = "::text" if engine == "postgres" else ""
    sql = f"SELECT $1{cast} = '', $1{cast} IS NULL"
    b = client.batch([{"sql": sql, "params": [""]}])
    yes, no = ("t", "f") if engine == "postgres" else ("1", "0")
    assert b.rows["1"] == [[yes, no]]


def test_too_few_params_are_the_engines_error(client_pg):
    b = client_pg.batch([{"sql": "SELECT $1::int, $2::int", "params": ["1"]}])
    assert b.status("1") == "error"
    assert client_pg.batch("SELECT 1").status() == ["ok"]


def test_want_count_sends_no_rows(client, engine):
    b = client.batch(series(engine, 5000), want="count")
    assert b.done["1"]["count"] == 5000
    assert b.of("rows") == []


def test_a_statement_overrides_want(client):
    b = client.batch(
        [{"sql": "SELECT 1"}, {"sql": "SELECT 2", "want": "rows"}],
        want="count",
    )
    assert b.rows == {"2": [["2"]]}
    assert [b.done[i]["count"] for i in "12"] == [1, 1]


def test_empty_result_has_its_columns(client):
    b = client.batch("SELECT 1 AS one, 'x' AS two WHERE 1 = 0")
    assert b.names() == ["one", "two"]
    assert b.done["1"]["count"] == 0
    assert b.of("rows") == []


def test_columns_say_type_and_oid(client_pg):
    b = client_pg.batch("SELECT 1::int8 AS big, 'x'::text AS word")
    assert b.columns["1"] == [
        {"name": "big", "type": "int8", "oid": 20},
        {"name": "word", "type": "text", "oid": 25},
    ]


def test_counts_and_tags(client):
    b = client.batch(
        "CREATE TABLE t (a integer, b text);"
        "INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z');"
        "UPDATE t SET b = 'w' WHERE a > 1;"
        "DELETE FROM t WHERE a = 1;"
        "SELECT a FROM t ORDER BY a;"
        "DROP TABLE t"
    )
    assert b.status() == ["ok"] * 6
    counts = [b.done[str(i)]["count"] for i in range(1, 7)]
    assert counts == [None, 3, 2, 1, 2, None]
    assert set(b.columns) == {"5"}


def test_tags_are_postgresqls(client_pg):
    b = client_pg.batch(
        "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (3);"
        "SELECT a FROM t"
    )
    tags = [b.done[i]["tag"] for i in "123"]
    assert tags == ["CREATE TABLE", "INSERT 0 3", "SELECT 3"]


def test_returning_gives_rows_and_their_count(client):
    client.batch("CREATE TABLE t (a integer)")
    b = client.batch("INSERT INTO t VALUES (1), (2) RETURNING a + 10")
    assert b.rows["1"] == [["11"], ["12"]]
    assert b.done["1"]["count"] == 2


def test_returning_counts_when_no_rows_are_wanted(client):
    client.batch("CREATE TABLE t (a integer)")
    b = client.batch("INSERT INTO t VALUES (1), (2) RETURNING a", want="count")
    assert b.done["1"]["count"] == 2
    assert client.batch("SELECT count(*) FROM t").rows["1"] == [["2"]]


def test_null_differs_from_empty(client):
    b = client.batch("SELECT NULL AS a, '' AS b")
    assert b.rows["1"] == [[None, ""]]


def test_text_passes_unharmed(client):
    words = ["São João d'Aliança", "日本語", "😀", 'a"b\\c\td\ne', "\x7f\x01"]
    quoted = ", ".join("'" + w.replace("'", "''") + "'" for w in words)
    assert client.batch(f"SELECT {quoted}").rows["1"] == [words]


def test_a_large_value(client, engine):
    size = 3_000_000
    word = "é" * size
    b = client.batch(f"SELECT '{word}' AS w")
    assert b.rows["1"] == [[word]]


def test_many_rows_come_whole_and_in_order(client, engine):
    b = client.batch(series(engine, 50_000))
    assert [int(row[0]) for row in b.rows["1"]] == list(range(1, 50_001))
    assert len(b.of("rows")) > 1, "in chunks"


def test_chunks_are_bounded(client, engine):
    client.send_batch(series(engine, 50_000), id="c")
    longest = 0
    while b'"end"' not in (line := client.read_line()):
        longest = max(longest, len(line))
    assert longest < 256 * 1024


def test_text_types_by_default(client_pg):
    b = client_pg.batch("SELECT 1, true, 1.50, NULL, '{\"a\": 1}'::json")
    assert b.rows["1"] == [["1", "t", "1.50", None, '{"a": 1}']]


def test_json_types_where_nothing_is_lost(client_pg):
    b = client_pg.batch(
        "SELECT 1, true, false, 2.5::float8, NULL, 'x',"
        " '{\"a\": [1, null]}'::jsonb, '[2]'::json",
        types="json",
    )
    assert b.rows["1"] == [
        [1, True, False, 2.5, None, "x", {"a": [1, None]}, [2]]
    ]


def test_json_types_keep_as_text_what_a_double_would_lose(client_pg):
    b = client_pg.batch(
        "SELECT 9007199254740993::int8, 'NaN'::float8, 'Infinity'::float8,"
        " 0.1234567890123456789::numeric, 9007199254740991::int8",
        types="json",
    )
    assert b.rows["1"] == [
        [
            "9007199254740993",
            "NaN",
            "Infinity",
            "0.1234567890123456789",
            9007199254740991,
        ]
    ]


def test_json_types_on_sqlite(client_sqlite):
    b = client_sqlite.batch(
        "SELECT 1, 2.5, 'x', NULL, 9007199254740993", types="json"
    )
    assert b.rows["1"] == [[1, 2.5, "x", None, "9007199254740993"]]


def test_notices_come_before_done(client_pg):
    b = client_pg.batch(
        "DO $$ BEGIN RAISE NOTICE 'olá'; RAISE WARNING 'w'; END $$"
    )
    assert [(n["severity"], n["message"]) for n in b.notices["1"]] == [
        ("NOTICE", "olá"),
        ("WARNING", "w"),
    ]
    types = [f["type"] for f in b.frames]
    assert types.index("notice") < types.index("done")


def test_progress_sends_started(client):
    b = client.batch("SELECT 1; SELECT 2", progress=True)
    assert sorted(b.started) == ["1", "2"]
    for frame in b.of("started"):
        assert frame["conn"] == b.done[frame["id"]]["conn"]


def test_without_progress_nothing_is_started(client):
    assert client.batch("SELECT 1").started == []


def test_server_gives_ids_where_there_are_none(client):
    client.send({"type": "batch", "sql": "SELECT 1"})
    first = client.wait_for("accepted")["batch"]
    client.collect(first)
    client.send({"type": "batch", "sql": "SELECT 2"})
    second = client.wait_for("accepted")["batch"]
    assert client.collect(second).rows["1"] == [["2"]]
    assert isinstance(first, str) and isinstance(second, str)
    assert first != second


def test_an_id_is_free_again_after_its_end(client):
    assert client.batch("SELECT 1", id="same").rows["1"] == [["1"]]
    assert client.batch("SELECT 2", id="same").rows["1"] == [["2"]]


def test_many_batches_at_once_on_one_connection(client):
    ids = [client.send_batch(f"SELECT {n}; SELECT -{n}") for n in range(40)]
    for n, batch_id in enumerate(ids):
        rows = client.collect(batch_id).rows
        assert rows == {"1": [[str(n)]], "2": [[str(-n)]]}


def test_times_and_connection_are_told(client):
    done = client.batch("SELECT 1").done["1"]
    assert isinstance(done["conn"], int)
    assert done["total_us"] > 0


def test_end_tells_wall_time_and_peak(client):
    end = client.batch("SELECT 1; SELECT 2; SELECT 3").end
    assert end["wall_us"] > 0
    assert 1 <= end["peak_concurrency"] <= 3


def test_unix_socket_serves_as_well(daemon):
    assert daemon.connect(unix=True).batch("SELECT 7").rows["1"] == [["7"]]


def test_db_chooses_the_database(fanoutd, folder):
    d = fanoutd(
        "sqlite",
        daemon={"default_database": "main"},
        more={"database other": {"engine": "sqlite", "path": folder / "o.db"}},
    )
    c = d.connect()
    c.batch("CREATE TABLE only_here (a integer)", db="other")
    assert c.batch("SELECT * FROM only_here", db="other").status() == ["ok"]
    assert c.batch("SELECT * FROM only_here").status() == ["error"]
    assert c.batch("SELECT * FROM only_here", db="main").status() == ["error"]


def test_hello_tells_limits_and_databases(client):
    hello = client.ask(type="hello")
    assert hello["type"] == "hello"
    assert hello["protocol"] == 1
    assert "main" in str(hello["databases"])
    assert hello["limits"]["max_line"] == 16 * 1024 * 1024


@pytest.mark.parametrize("text", ["SELECT 1", "SELECT 1;", "SELECT 1;;", "\n"])
def test_ends_of_a_script(client, text):
    b = client.batch(text)
    if text.strip():
        assert b.rows == {"1": [["1"]]}
    else:
        assert b.rejected


def test_only_for_reading(fanoutd, engine, folder):
    keys = {}
    if engine == "sqlite":  # which must not be made by one that only reads
        keys["path"] = folder / "there.db"
        sqlite3.connect(keys["path"]).execute("VACUUM")
    c = fanoutd(engine, read_only="yes", **keys).connect()
    assert c.batch("SELECT 1").status() == ["ok"]
    b = c.batch("CREATE TABLE t (a integer)")
    assert b.rejected or b.status() == ["error"]
