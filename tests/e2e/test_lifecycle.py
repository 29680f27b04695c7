"""How it ends: by signals, and how clients leave."""

import signal

from sql import FOREVER, series, statements, wait_until


def started(daemon, engine, n=1):
    """A client with a batch "b" whose first statement runs."""
    c = daemon.connect()
    c.send_batch(statements(*[FOREVER[engine]] * n), id="b", progress=True)
    c.wait_for("started")
    return c


# The end


def test_sigterm_lets_finish_what_was_accepted(fanoutd):
    d = fanoutd("postgres", pool_size=1, daemon={"shutdown_timeout": "30s"})
    c = d.connect()
    batch = c.send_batch("SELECT pg_sleep(0.7); SELECT 2; SELECT 3")
    c.wait_for("accepted")
    d.signal(signal.SIGTERM)
    assert c.collect(batch).status() == ["ok"] * 3
    assert c.next_frame() is None, "then it closes"
    assert d.wait() == 0


def test_nothing_new_while_draining(fanoutd):
    d = fanoutd("postgres", daemon={"shutdown_timeout": "30s"})
    c = d.connect()
    batch = c.send_batch("SELECT pg_sleep(1)", progress=True)
    c.wait_for("started")
    d.signal(signal.SIGTERM)
    wait_until(lambda: not d.answers())
    rejected = c.batch("SELECT 2").rejected
    assert rejected["error"]["sqlstate"] == "57P01"
    assert c.collect(batch).status() == ["ok"]
    assert d.wait() == 0


def test_past_shutdown_timeout_nothing_is_left_running(fanoutd, engine):
    d = fanoutd(engine, pool_size=1, daemon={"shutdown_timeout": "300ms"})
    c = started(d, engine, n=2)
    d.signal(signal.SIGTERM)
    b = {
        f["id"]: f["status"] for f in iter(c.next_frame, None) if "status" in f
    }
    assert b["1"] in ("cancelled", "unknown")
    assert b["2"] == "not_sent"
    assert d.wait() == 0
    if engine == "postgres":
        wait_until(lambda: d.place.connections() == 0)


def test_a_second_sigterm_ends_at_once(fanoutd, engine):
    d = fanoutd(engine, daemon={"shutdown_timeout": "1h"})
    started(d, engine)
    d.signal(signal.SIGTERM)
    wait_until(lambda: not d.answers())
    d.signal(signal.SIGTERM)
    assert d.wait() >= 0, "and not by a crash"


def test_idle_clients_do_not_hold_it_up(fanoutd):
    d = fanoutd("sqlite", daemon={"shutdown_timeout": "1h"})
    c = d.connect()
    assert c.ping()
    d.signal(signal.SIGTERM)
    assert d.wait() == 0
    assert c.next_frame() is None
    assert not d.socket_path.exists()


# Clients that leave


def test_end_of_stream_finishes_and_delivers(daemon, engine):
    c = daemon.connect()
    c.send_batch(f"{series(engine, 30_000)}; SELECT 2", id="x")
    c.send_batch("SELECT 3", id="y")
    c.half_close()
    assert len(c.collect("x").rows["1"]) == 30_000
    assert c.collect("y").rows["1"] == [["3"]]
    assert c.next_frame() is None


def test_end_of_stream_with_nothing_open_closes(client):
    client.half_close()
    assert client.next_frame() is None


def test_reset_drops_what_waits_and_cancels_what_runs(fanoutd, engine):
    d = fanoutd(engine, pool_size=1)
    other = d.connect()
    other.batch("CREATE TABLE t (a integer)")
    c = d.connect()
    c.send_batch(
        statements(FOREVER[engine], "INSERT INTO t VALUES (1)"),
        progress=True,
        dispatch="independent",
    )
    c.wait_for("started")
    c.reset()
    assert other.batch("SELECT * FROM t").rows == {}
    wait_until(lambda: other.show("batches") == [])
    assert other.batch("SELECT * FROM t").rows == {}
