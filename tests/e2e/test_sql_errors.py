"""What the engine refuses, with its place in the caller's own text; and
databases that are not there."""

import json

import pytest

from sql import FOREVER, series, wait_until

SECRET = "Zx9-hidden-word"


def place(text, word):
    """Where PostgreSQL counts WORD: in characters, from 1."""
    return text.index(word) + 1


def test_a_servers_error_field_by_field(client_pg):
    client_pg.batch("CREATE TABLE t (a int CONSTRAINT positive CHECK (a > 0))")
    error = client_pg.batch("INSERT INTO t VALUES (-1)").error()
    assert error["source"] == "server"
    assert error["severity"] == "ERROR"
    assert error["sqlstate"] == "23514"
    assert "positive" in error["message"]
    assert "(-1)" in error["detail"]
    assert error["constraint"] == "positive"
    assert error["table"] == "t"


def test_a_hint(client_pg):
    error = client_pg.batch("SELECT lenght('x')").error()
    assert error["sqlstate"] == "42883"
    assert error["hint"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT oops",
        "SELECT 'é😀', oops",
        "  \n-- ção\n SELECT 'é', oops",
        "SELECT 'ção'; -- 日本\n SELECT '😀';\n\n SELECT 'é' AS x, oops; SELECT 4",
    ],
)
def test_position_in_the_callers_own_text(client_pg, sql):
    b = client_pg.batch(sql)
    errors = [d["error"] for d in b.done.values() if d["status"] == "error"]
    assert [e["position"] for e in errors] == [place(sql, "oops")]
    assert errors[0]["sqlstate"] == "42703"


def test_positions_in_a_list_are_those_of_the_entry(client_pg):
    texts = ["SELECT 'ção'", " SELECT 'é', oops"]
    b = client_pg.batch([{"sql": text} for text in texts])
    assert b.error("2")["position"] == place(texts[1], "oops")


def test_position_within_transaction(client_pg):
    sql = "SELECT 'ção'; SELECT 'é', oops"
    b = client_pg.batch(sql, transaction=True)
    assert b.error("2")["position"] == place(sql, "oops")


@pytest.mark.parametrize("bad", ["SELEC 1", "SELECT 'é' FROM WHERE"])
def test_a_syntax_error_in_the_third(client_pg, bad):
    """Whether the planner or the server sees it first, the place is right."""
    sql = f"SELECT 'ção'; SELECT 2; {bad}"
    at = place(sql, "SELEC 1" if "SELEC 1" in bad else "WHERE")
    b = client_pg.batch(sql)
    error = b.rejected["error"] if b.rejected else b.error("3")
    assert error["sqlstate"] == "42601"
    assert error["position"] == at
    if not b.rejected:
        assert b.status("1", "2") == ["ok", "ok"]


def test_sqlite_errors_name_what_is_wrong(client_sqlite):
    b = client_sqlite.batch("SELECT 'é'; SELECT oops; SELECT 3")
    assert b.status("1", "2", "3") == ["ok", "error", "ok"]
    assert "oops" in b.error("2")["message"]
    assert b.error("2")["source"] == "server"


def test_sqlite_position(client_sqlite):
    sql = "SELECT 'ção'; SELECT 'é', oops"
    position = client_sqlite.batch(sql).error("2").get("position")
    assert position == place(sql, "oops")


def test_sqlite_constraint(client_sqlite):
    client_sqlite.batch("CREATE TABLE t (a integer PRIMARY KEY)")
    b = client_sqlite.batch(
        "INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)",
        dispatch="serial",
    )
    assert b.error("2")["sqlstate"].startswith("23")


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH DATABASE '/tmp/fanout-attached.db' AS other",
        "VACUUM INTO '/tmp/fanout-attached.db'",
        "SELECT load_extension('x')",
        "PRAGMA writable_schema = 1",
        "PRAGMA journal_mode = OFF",
    ],
)
def test_sqlite_refuses_what_leaves_its_file(client_sqlite, sql):
    b = client_sqlite.batch(sql)
    assert b.rejected or b.status() == ["error"]
    assert client_sqlite.batch("SELECT 1").status() == ["ok"]


def test_rows_before_an_error_are_provisional(client_pg):
    b = client_pg.batch(
        "SELECT 1000 / (900 - i) FROM generate_series(1, 1000) i"
    )
    assert b.status() == ["error"]
    assert b.error()["sqlstate"] == "22012"
    assert b.done["1"]["count"] is None or b.done["1"]["count"] <= 899


def test_an_unknown_database_with_what_was_meant(client):
    error = client.batch("SELECT 1", db="mian").rejected["error"]
    assert error["sqlstate"] == "3D000"
    assert '"mian"' in error["message"] and '"main"' in error["message"]


# Servers that are not there


def test_a_database_that_the_server_does_not_have(fanoutd, pg):
    d = fanoutd("postgres", conninfo=f"{pg.conninfo} dbname=not_there")
    b = d.connect().batch("SELECT 1")
    assert b.status() == ["not_sent"]
    assert "not_there" in b.error()["message"]
    assert b.end["not_sent"] == 1


def test_a_server_that_is_not_there(fanoutd, folder):
    """It may come back: one waits for it as for a free connection."""
    d = fanoutd(
        "postgres",
        conninfo=f"host={folder} port=1 dbname=x",
        query_wait_timeout="300ms",
    )
    c = d.connect()
    b = c.batch("SELECT 1; SELECT 2")
    assert b.status() == ["not_sent", "not_sent"]
    assert "query_wait_timeout" in b.error()["message"]
    assert str(folder) in b.error()["message"], "and why"
    assert c.ping()


def test_a_host_name_that_is_not_there(fanoutd):
    d = fanoutd(
        "postgres",
        conninfo="host=not-there.invalid dbname=x",
        query_wait_timeout="300ms",
    )
    c = d.connect()
    batch = c.send_batch("SELECT 1")
    assert d.connect().ping(), "looking it up blocks nobody"
    b = c.collect(batch)
    assert b.status() == ["not_sent"]
    assert "not-there.invalid" in b.error()["message"]


def test_a_sqlite_folder_that_is_not_there(fanoutd, folder):
    d = fanoutd("sqlite", path=folder / "not" / "there.db")
    b = d.connect().batch("SELECT 1")
    assert b.status() == ["not_sent"]


def test_a_file_that_is_no_database(fanoutd, folder):
    path = folder / "no.db"
    path.write_text(
        "this is not a database file, whatever its name says\n" * 99
    )
    d = fanoutd("sqlite", path=path)
    b = d.connect().batch("SELECT * FROM sqlite_master")
    assert b.status("1") in ("not_sent", "error")


def test_a_wrong_password_is_shown_nowhere(fanoutd, pg):
    pg.role_with_password("e2e_guarded", "the right one")
    d = fanoutd(
        "postgres",
        conninfo=f"{pg.conninfo} user=e2e_guarded password={SECRET}",
        daemon={"log_level": "debug"},
    )
    c = d.connect()
    b = c.batch("SELECT 1")
    assert b.status() == ["not_sent"]
    assert "e2e_guarded" in b.error()["message"]
    shown = [c.show(what) for what in ("config", "databases", "pools")]
    everything = json.dumps([b.frames, shown]) + d.stderr()
    assert SECRET not in everything
    assert SECRET not in d.folder.joinpath("stderr").read_text()


def test_a_right_password_works_and_is_shown_nowhere(fanoutd, pg):
    pg.role_with_password("e2e_guarded", SECRET)
    d = fanoutd(
        "postgres",
        conninfo=f"{pg.conninfo} user=e2e_guarded password={SECRET}",
        daemon={"log_level": "debug"},
    )
    c = d.connect()
    assert c.batch("SELECT current_user").rows["1"] == [["e2e_guarded"]]
    shown = [c.show(what) for what in ("config", "databases", "servers")]
    assert SECRET not in json.dumps(shown) + d.stderr()


# Connections that are lost


def test_a_connection_lost_under_a_statement(daemon_pg, client_pg):
    client_pg.batch("CREATE TABLE t (a int)")
    batch = client_pg.send_batch(
        "INSERT INTO t SELECT 1 FROM pg_sleep(600)", progress=True
    )
    client_pg.wait_for("started", batch=batch)
    wait_until(lambda: daemon_pg.place.running() == 1)
    daemon_pg.place.terminate_all()
    b = client_pg.collect(batch)
    assert b.status("1") in ("error", "unknown")
    assert b.error()["sqlstate"] in ("57P01", "08006")
    assert client_pg.batch("SELECT count(*) FROM t").rows["1"] == [["0"]]


def test_connections_lost_while_idle(daemon_pg, client_pg):
    client_pg.batch("SELECT 1; SELECT 2; SELECT pg_sleep(0.1)")
    daemon_pg.place.terminate_all()
    wait_until(lambda: daemon_pg.place.connections() == 0)
    assert client_pg.batch("SELECT 1; SELECT 2").status() == ["ok", "ok"]


# Clients that vanish


@pytest.mark.parametrize("way", ["close", "reset"])
def test_a_client_that_vanishes_at_any_byte(daemon, way):
    line = b'{"type":"batch","id":"v","sql":"SELECT 1; SELECT 2"}\n'
    for n in range(len(line) + 1):
        c = daemon.connect()
        c.send_raw(line[:n])
        getattr(c, way)()
    c = daemon.connect()
    assert c.batch("SELECT 1").status() == ["ok"]
    wait_until(lambda: len(c.show("clients")) == 1)
    wait_until(lambda: c.show("batches") == [])


@pytest.mark.parametrize("way", ["close", "reset"])
def test_a_client_that_vanishes_within_its_answer(fanoutd, engine, way):
    d = fanoutd(engine, daemon={"client_buffer": "64kB"}, pool_size=1)
    for size in (1, 100, 10_000, 300_000):
        c = d.connect()
        c.send_batch(series(engine, 200_000))
        c.sock.recv(size)
        getattr(c, way)()
        assert d.connect().batch("SELECT 1").rows["1"] == [["1"]]


def test_a_reset_client_cancels_what_runs(daemon, engine):
    c = daemon.connect()
    c.send_batch(FOREVER[engine], progress=True)
    c.wait_for("started")
    c.reset()
    other = daemon.connect()
    wait_until(lambda: other.show("batches") == [])
    if engine == "postgres":
        wait_until(lambda: daemon.place.running() == 0)


@pytest.mark.parametrize(
    "setting",
    ["client_encoding = 'LATIN1'", "standard_conforming_strings = off"],
)
def test_what_the_proxy_counts_on_cannot_be_set_away(client_pg, setting):
    b = client_pg.batch(f"SET {setting}; SELECT 1")
    assert b.done["1"]["status"] == "ok"
    assert b.done["2"]["status"] == "not_sent"
    shown = setting.split(" ")[0]
    after = client_pg.batch(f"SHOW {shown}")
    assert after.rows["1"] in ([["UTF8"]], [["on"]])
