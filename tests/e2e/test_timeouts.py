"""Deadlines: a statement's, a batch's, and those of the config."""

import pytest

from sql import FOREVER, statements, wait_until


def test_a_statements_own(daemon, client, engine):
    b = client.batch(
        [
            {"id": "long", "sql": FOREVER[engine], "timeout_ms": 150},
            {"id": "short", "sql": "SELECT 1", "timeout_ms": 60_000},
        ]
    )
    assert b.status("long", "short") == ["cancelled", "ok"]
    assert b.error("long")["sqlstate"] == "57014"
    assert "timeout_ms" in b.error("long")["message"]
    assert b.done["long"]["exec_us"] >= 100_000
    if engine == "postgres":
        wait_until(lambda: daemon.place.running() == 0)


def test_a_statements_own_counts_from_its_start(fanoutd):
    """The second waits longer than its timeout, and runs all the same."""
    c = fanoutd("postgres", pool_size=1).connect()
    b = c.batch(
        [
            {"sql": "SELECT pg_sleep(0.6)"},
            {"sql": "SELECT 2", "timeout_ms": 300},
        ]
    )
    assert b.status() == ["ok", "ok"]


def test_the_batchs(fanoutd, engine):
    c = fanoutd(engine, pool_size=1).connect()
    b = c.batch(
        statements(FOREVER[engine], "SELECT 2", "SELECT 3"), timeout_ms=200
    )
    assert b.status("1") == "cancelled"
    assert set(b.status("2", "3")) <= {"not_sent", "skipped"}
    for statement in "123":
        assert b.error(statement)["sqlstate"] == "57014"
    assert "timeout_ms" in b.error("1")["message"]


def test_the_batchs_does_not_touch_a_quick_one(client):
    b = client.batch("SELECT 1; SELECT 2", timeout_ms=60_000)
    assert b.status() == ["ok", "ok"]


def test_query_timeout(fanoutd, engine):
    d = fanoutd(engine, query_timeout="200ms")
    c = d.connect()
    b = c.batch(statements(FOREVER[engine], "SELECT 2"))
    assert b.status("1", "2") == ["cancelled", "ok"]
    assert b.error()["sqlstate"] == "57014"
    assert "query_timeout" in b.error()["message"]
    if engine == "postgres":
        wait_until(lambda: d.place.running() == 0)
    assert c.batch("SELECT 3").status() == ["ok"]


@pytest.mark.parametrize("own", [100, 60_000])
def test_the_shorter_of_two_wins(fanoutd, engine, own):
    c = fanoutd(engine, query_timeout="300ms").connect()
    b = c.batch([{"sql": FOREVER[engine], "timeout_ms": own}])
    word = "timeout_ms" if own < 300 else "query_timeout"
    assert word in b.error()["message"]


def test_query_wait_timeout(fanoutd, engine):
    d = fanoutd(engine, pool_size=1, query_wait_timeout="200ms")
    c = d.connect()
    batch = c.send_batch(
        statements(FOREVER[engine], "SELECT 2"), progress=True
    )
    done = c.wait_for("done", id="2")
    assert done["status"] == "not_sent"
    assert "query_wait_timeout" in done["error"]["message"]
    assert done["queue_us"] >= 150_000
    c.send({"type": "cancel", "batch": batch})
    assert c.wait_for("done", id="1")["status"] == "cancelled"


def test_only_the_queue_counts_for_query_wait_timeout(fanoutd):
    """What waits for an earlier statement of its batch is in no queue."""
    d = fanoutd("postgres", query_wait_timeout="200ms")
    b = d.connect().batch("SELECT pg_sleep(0.6); SELECT 2", dispatch="serial")
    assert b.status() == ["ok", "ok"]


def test_a_writing_transaction_times_out_whole(client, engine):
    client.batch("CREATE TABLE t (a integer)")
    b = client.batch(
        statements("INSERT INTO t VALUES (1)", FOREVER[engine]),
        transaction=True,
        timeout_ms=300,
    )
    assert b.status("2") == "cancelled"
    assert b.end["transaction"] == "rolled_back"
    assert client.batch("SELECT * FROM t").rows == {}
