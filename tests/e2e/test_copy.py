"""COPY, in and out."""

import pytest

FILL = "COPY t FROM STDIN"


@pytest.fixture
def client(client_pg):
    client_pg.batch("CREATE TABLE t (a int, b text)")
    return client_pg


def rows(client):
    return client.batch("SELECT a, b FROM t ORDER BY a").rows["1"]


def test_data_beside_the_statement(client):
    b = client.batch([{"sql": FILL, "data": "1\tum\n2\t\\N\n3\té\n"}])
    assert b.status() == ["ok"]
    assert (b.done["1"]["tag"], b.done["1"]["count"]) == ("COPY 3", 3)
    assert rows(client) == [["1", "um"], ["2", None], ["3", "é"]]


def test_data_in_lines_of_its_own(client):
    batch = client.send_batch([{"id": "c", "sql": FILL}])
    part = {"type": "copy_data", "batch": batch, "id": "c"}
    client.send({**part, "data": "1\tum\n2\t"})
    client.send({**part, "data": ""}, {**part, "data": "dois\n"})
    client.send({"type": "copy_end", "batch": batch, "id": "c"})
    assert client.collect(batch).done["c"]["count"] == 2
    assert rows(client) == [["1", "um"], ["2", "dois"]]


def test_data_may_come_before_the_statement_runs(fanoutd):
    c = fanoutd("postgres", pool_size=1).connect()
    c.batch("CREATE TABLE t (a int)")
    first = c.send_batch("SELECT pg_sleep(0.4)")
    batch = c.send_batch([{"id": "c", "sql": FILL}])
    part = {"type": "copy_data", "batch": batch, "id": "c"}
    c.send({**part, "data": "1\n"}, {**part, "data": "2\n"})
    c.send({"type": "copy_end", "batch": batch, "id": "c"})
    c.collect(first)
    assert c.collect(batch).done["c"]["count"] == 2


def test_no_data_at_all(client):
    batch = client.send_batch([{"id": "c", "sql": FILL}])
    client.send({"type": "copy_end", "batch": batch, "id": "c"})
    assert client.collect(batch).done["c"]["count"] == 0


def test_much_data(client):
    n = 100_000
    lines = "".join(f"{i}\tline number {i}\n" for i in range(n))
    batch = client.send_batch([{"id": "c", "sql": FILL}])
    part = {"type": "copy_data", "batch": batch, "id": "c"}
    for at in range(0, len(lines), 60_000):
        client.send({**part, "data": lines[at : at + 60_000]})
    client.send({"type": "copy_end", "batch": batch, "id": "c"})
    assert client.collect(batch).done["c"]["count"] == n
    got = client.batch("SELECT count(*), sum(a) FROM t").rows["1"]
    assert got == [[str(n), str(n * (n - 1) // 2)]]


def test_bad_data_is_the_servers_error(client):
    b = client.batch([{"sql": FILL, "data": "1\tum\nx\tdois\n"}])
    assert b.status() == ["error"]
    assert b.error()["source"] == "server"
    assert b.error()["sqlstate"] == "22P02"
    assert rows(client) == []


def test_bad_data_in_lines_leaves_the_connection_usable(client):
    batch = client.send_batch([{"id": "c", "sql": FILL}])
    part = {"type": "copy_data", "batch": batch, "id": "c"}
    client.send({**part, "data": "x\tdois\n"})
    for n in range(50):
        client.send({**part, "data": f"{n}\tlate\n"})
    client.send({"type": "copy_end", "batch": batch, "id": "c"})
    client.wait_for("end", batch=batch)
    client.stash.clear()
    assert rows(client) == []


def test_copy_end_may_give_up(client):
    batch = client.send_batch([{"id": "c", "sql": FILL}])
    part = {"batch": batch, "id": "c"}
    client.send({"type": "copy_data", **part, "data": "1\tum\n"})
    client.send({"type": "copy_end", **part, "error": "disk of mine failed"})
    b = client.collect(batch)
    assert b.status() == ["cancelled"]
    assert "disk of mine failed" in b.error("c")["message"]
    assert rows(client) == []


def test_cancel_of_a_copy_that_waits_for_data(client):
    batch = client.send_batch([{"id": "c", "sql": FILL}], progress=True)
    client.wait_for("started", batch=batch)
    client.send({"type": "copy_data", "batch": batch, "id": "c", "data": "1"})
    client.send({"type": "cancel", "batch": batch})
    assert client.collect(batch).status() == ["cancelled"]
    assert rows(client) == []


def test_a_client_that_vanishes_within_its_data(daemon_pg, client):
    other = daemon_pg.connect()
    batch = other.send_batch([{"id": "c", "sql": FILL}], progress=True)
    other.wait_for("started", batch=batch)
    part = {"type": "copy_data", "batch": batch, "id": "c"}
    other.send({**part, "data": "1\thalf\n"})
    other.reset()
    assert client.batch("DROP TABLE t").status() == ["ok"], "no lock remains"


def test_end_of_stream_without_copy_end_stores_nothing(daemon_pg, client):
    other = daemon_pg.connect()
    batch = other.send_batch([{"id": "c", "sql": FILL}])
    part = {"type": "copy_data", "batch": batch, "id": "c"}
    other.send({**part, "data": "1\thalf\n"})
    other.half_close()
    assert other.collect(batch).status("c") != "ok"
    assert rows(client) == []


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"copy_data","batch":"B","id":"c","data":"2\\t',
        '{"type":"copy_data","batch":"B","id":"c","dada":"2\\tb\\n"}',
        '{"type":"copy_data","batch":"B","id":"d","data":"2\\tb\\n"}',
        '{"type":"copy_dat","batch":"B","id":"c","data":"2\\tb\\n"}',
    ],
)
def test_a_line_of_data_that_is_refused_leaves_no_hole(client, line):
    """The client goes on as if nothing had been: its COPY must not be ok."""
    batch = client.send_batch([{"id": "c", "sql": FILL}])
    part = {"type": "copy_data", "batch": batch, "id": "c"}
    client.send({**part, "data": "1\ta\n"})
    client.send_raw(line.replace("B", batch).encode() + b"\n")
    client.send({**part, "data": "3\tc\n"})
    client.send({"type": "copy_end", "batch": batch, "id": "c"})
    assert client.wait_for("error")
    assert client.collect(batch).done["c"]["status"] == "cancelled"
    assert client.batch("SELECT a, b FROM t").rows.get("1", []) == []


@pytest.mark.parametrize("given", [True, False])
def test_a_copy_that_fails_late_answers_for_itself_alone(fanoutd, given):
    """The server refuses a view only after it has asked for the data."""
    c = fanoutd("postgres", pool_size=1).connect()
    c.batch("CREATE VIEW v AS SELECT 1 AS a")
    for n in range(30):
        copy = {"id": "c", "sql": "COPY v FROM STDIN"}
        if given:
            copy["data"] = "1\n" * 100
        batch = c.send_batch([copy])
        asked = [c.send_batch(f"SELECT '{n}.{k}'") for k in range(3)]
        if not given:
            c.send({"type": "copy_end", "batch": batch, "id": "c"})
        assert c.collect(batch).done["c"]["status"] == "error"
        for k, other in enumerate(asked):
            assert c.collect(other).rows["1"] == [[f"{n}.{k}"]]


def test_copy_data_for_nothing(client):
    answer = client.ask(type="copy_data", batch="no", id="1", data="")
    assert answer["type"] == "error"
    assert client.ping()


def test_out(client):
    client.batch([{"sql": FILL, "data": "1\tum\n2\t\\N\n"}])
    b = client.batch("COPY t TO STDOUT")
    assert b.copy["1"] == "1\tum\n2\t\\N\n"
    assert b.done["1"]["count"] == 2
    assert b.columns == {}


def test_much_out(client):
    b = client.batch(
        "COPY (SELECT i, 'ção' FROM generate_series(1, 40000) AS g(i))"
        " TO STDOUT"
    )
    lines = b.copy["1"].splitlines()
    assert lines == [f"{i}\tção" for i in range(1, 40001)]
    assert b.done["1"]["count"] == 40000


def test_copy_within_a_transaction(client):
    b = client.batch(
        [
            {"sql": "TRUNCATE t"},
            {"sql": FILL, "data": "5\tcinco\n"},
            {"sql": "SELECT a FROM t"},
        ],
        transaction=True,
    )
    assert b.status() == ["ok"] * 3
    assert b.rows["3"] == [["5"]]


@pytest.mark.parametrize(
    "entry",
    [
        {"sql": FILL},
        {"sql": FILL, "data": "1\n"},
        {"sql": "COPY t TO STDOUT"},
    ],
)
def test_sqlite_has_none(client_sqlite, entry):
    client_sqlite.batch("CREATE TABLE t (a integer)")
    b = client_sqlite.batch([entry])
    error = b.rejected["error"] if b.rejected else b.error()
    assert error["sqlstate"] == "0A000"
    assert client_sqlite.batch("SELECT * FROM t").rows == {}
