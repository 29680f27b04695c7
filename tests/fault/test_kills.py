"""Backends that are killed, and connections that are cut: each statement's
status is the one that docs/semantics.md promises, and the pool is whole
again afterwards."""

import pytest

from sql import FOREVER, statements, wait_until
from whole import check_other, check_pool, kill_all, start

LONG = FOREVER["postgres"]
# The server notices when nobody takes its rows any more.
TRICKLE = (
    "SELECT pg_sleep(0.01), repeat('x', 9000) FROM generate_series(1, 9999)"
)


def n_open(daemon):
    rows = daemon.connect().show("servers")
    return sum(r["database"] == "pg" for r in rows)


@pytest.fixture
def served(serve, pg):
    d = serve(pg, pool_size=3, server_login_retry="10ms")
    return d, d.connect()


@pytest.fixture
def behind(serve, pg, proxy):
    """(daemon, client, proxy), with a table t."""
    d = serve(pg, by=proxy, pool_size=2, server_login_retry="10ms")
    c = d.connect()
    assert c.batch("CREATE TABLE t (a int)").status() == ["ok"]
    return d, c, proxy


def kept(daemon):
    return [a for (a,) in daemon.place.ask("SELECT a FROM t ORDER BY a")]


# pg_terminate_backend


def test_idle_connections(served):
    d, c = served
    check_pool(d, 3)
    kill_all(d)
    wait_until(lambda: n_open(d) == 0)
    assert c.batch("SELECT 1; SELECT 2; SELECT 3").status() == ["ok"] * 3
    check_pool(d, 3)


def test_a_starting_connection(behind):
    """Nothing was handed over, so another connection takes the statement."""
    d, c, proxy = behind
    kill_all(d)
    wait_until(lambda: n_open(d) == 0)
    proxy.queries.shut_back()
    batch = c.send_batch("SELECT 1")
    wait_until(lambda: d.place.connections() == 1)
    kill_all(d)
    wait_until(lambda: d.place.connections() == 0)
    proxy.cut()  # what the server said until then is lost with it
    proxy.queries.open()
    assert c.collect(batch).status() == ["ok"]
    check_pool(d, 2)


def test_running_statements(served):
    d, c = served
    batch = c.send_batch(
        statements(LONG, LONG, "SELECT 3", "SELECT 4"),
        dispatch="independent",
    )
    wait_until(lambda: d.place.running() == 2)
    c.wait_for("done", batch=batch, id="4")
    kill_all(d)
    b = c.collect(batch)
    assert b.status("1", "2", "3", "4") == ["unknown"] * 2 + ["ok"] * 2
    for statement in "12":
        assert b.error(statement)["sqlstate"] == "57P01"
    check_pool(d, 3)
    check_other(d)


def test_within_a_block(served):
    d, c = served
    c.batch("CREATE TABLE t (a int)")
    block = ["BEGIN", "INSERT INTO t VALUES (1)", LONG]
    batch = c.send_batch(
        statements(*block, "INSERT INTO t VALUES (2)", "COMMIT", "SELECT 6"),
        progress=True,
    )
    c.wait_for("started", batch=batch, id="3")
    kill_all(d)
    b = c.collect(batch)
    assert b.status("1", "2", "3") == ["ok", "ok", "unknown"]
    assert b.status("4", "5") == ["not_sent"] * 2
    assert b.status("6") == "ok"
    assert kept(d) == []


def test_within_the_batchs_transaction(served):
    d, c = served
    c.batch("CREATE TABLE t (a int)")
    batch = c.send_batch(
        statements("INSERT INTO t VALUES (1)", LONG, "SELECT 3"),
        transaction=True,
        progress=True,
    )
    c.wait_for("started", batch=batch, id="2")
    kill_all(d)
    b = c.collect(batch)
    assert b.status("1", "2", "3") == ["ok", "unknown", "not_sent"]
    assert b.end["transaction"] == "rolled_back"
    assert kept(d) == []


# Connections cut on the way


@pytest.mark.parametrize("arrives", [False, True])
@pytest.mark.parametrize("whose", ["script", "batch"])
def test_cut_at_commit(behind, arrives, whose):
    """Whether the server has committed or not, nobody can know."""
    d, c, proxy = behind
    proxy.queries.cut_on = b"COMMIT"
    proxy.queries.cut_after = arrives
    if whose == "script":
        b = c.batch("BEGIN; INSERT INTO t VALUES (1); COMMIT")
        assert b.status("1", "2", "3") == ["ok", "ok", "unknown"]
    else:
        b = c.batch("INSERT INTO t VALUES (1)", transaction=True)
        assert b.status() == ["unknown"]
        assert b.end["transaction"] == "unknown"
    wait_until(lambda: kept(d) == ([1] if arrives else []))
    check_pool(d, 2)


@pytest.mark.parametrize("arrives", [False, True])
def test_cut_at_a_write(behind, arrives):
    d, c, proxy = behind
    proxy.queries.cut_on = b"INSERT"
    proxy.queries.cut_after = arrives
    b = c.batch("INSERT INTO t VALUES (1); SELECT 2")
    assert b.status("1", "2") == ["unknown", "ok"]
    wait_until(lambda: kept(d) == ([1] if arrives else []))


def test_cut_before_anything_of_a_transaction_was_sent(behind):
    """BEGIN is the proxy's own: the batch begins anew elsewhere."""
    d, c, proxy = behind
    proxy.queries.cut_on = b"BEGIN"
    b = c.batch("INSERT INTO t VALUES (1)", transaction=True)
    assert b.status() == ["ok"] and b.end["transaction"] == "committed"
    assert kept(d) == [1]


@pytest.mark.parametrize("way", ["in", "out"])
def test_cut_in_the_middle_of_a_copy(behind, way):
    d, c, proxy = behind
    if way == "in":
        batch = start(c, "COPY t FROM STDIN")
        data = {"type": "copy_data", "batch": batch, "id": "1"}
        c.send({**data, "data": "1\n2\n"})
        wait_until(lambda: d.place.running() == 1)
    else:
        batch = c.send_batch(f"COPY ({TRICKLE}) TO STDOUT")
        wait_until(lambda: d.place.running() == 1)
    proxy.cut()
    assert c.collect(batch).status() == ["unknown"]
    wait_until(lambda: d.place.running() == 0)
    assert kept(d) == []
    check_pool(d, 2)


def test_all_cut_again_and_again(behind):
    """No verdict is missing, and the pool recovers each time."""
    d, c, proxy = behind
    for _ in range(20):
        batch = c.send_batch(
            statements(*["SELECT pg_sleep(0.01)"] * 6),
            dispatch="independent",
        )
        c.wait_for("accepted", batch=batch)
        proxy.cut()
        assert set(c.collect(batch).status()) <= {"ok", "unknown"}
    check_pool(d, 2)
