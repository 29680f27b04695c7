"""Every bound of the config: past it one is refused, and told which key."""

import pytest

from sql import FOREVER, statements, wait_until


def hold(client, engine):
    """Occupies one connection until the batch "hold" is cancelled."""
    client.send_batch(FOREVER[engine], id="hold", progress=True)
    client.wait_for("started", batch="hold")


def release(client):
    client.send({"type": "cancel", "batch": "hold"})
    assert client.collect("hold").status() == ["cancelled"]


@pytest.mark.parametrize("form", ["script", "list"])
def test_max_statements(fanoutd, form):
    c = fanoutd("sqlite", daemon={"max_statements": 3}).connect()
    texts = ["SELECT 1"] * 4

    def batch(n):
        some = texts[:n]
        return c.batch(
            "; ".join(some) if form == "script" else statements(*some)
        )

    assert batch(3).status() == ["ok"] * 3
    assert "max_statements" in batch(4).rejected["error"]["message"]


def test_max_batches_per_client(fanoutd, engine):
    d = fanoutd(engine, daemon={"max_batches_per_client": 2})
    c, other = d.connect(), d.connect()
    hold(c, engine)
    second = c.send_batch(FOREVER[engine], progress=True)
    c.wait_for("started", batch=second)
    error = c.batch("SELECT 3").rejected["error"]
    assert "max_batches_per_client" in error["message"]
    assert other.batch("SELECT 1").status() == ["ok"], "others have their own"
    release(c)
    assert c.batch("SELECT 4").status() == ["ok"], "one ended, one may come"
    c.send({"type": "cancel", "batch": second})
    c.collect(second)


def test_max_queue(fanoutd, engine):
    c = fanoutd(engine, pool_size=1, max_queue=3).connect()
    hold(c, engine)
    three = c.send_batch("SELECT 1; SELECT 2; SELECT 3")
    c.wait_for("accepted", batch=three)
    error = c.batch("SELECT 4").rejected["error"]
    assert "max_queue" in error["message"]
    release(c)
    assert c.collect(three).status() == ["ok"] * 3
    assert c.batch("SELECT 5").status() == ["ok"]


def test_max_queue_counts_what_would_wait(fanoutd, engine):
    c = fanoutd(engine, pool_size=2, max_queue=3).connect()
    assert c.batch("SELECT 1;" * 5).status() == ["ok"] * 5
    assert "max_queue" in c.batch("SELECT 1;" * 6).rejected["error"]["message"]


def test_max_client_conn(fanoutd):
    d = fanoutd("sqlite", daemon={"max_client_conn": 2})

    def admitted():
        """The one that asked whether it is up may still be there."""
        c = d.connect()
        return c if c.ask(type="ping")["type"] == "pong" else None

    first, second = wait_until(admitted), wait_until(admitted)
    third = d.connect()
    assert "max_client_conn" in third.next_frame()["error"]["message"]
    assert third.next_frame() is None
    assert first.ping() and second.ping()
    first.close()
    assert wait_until(admitted).ping()


def test_client_idle_timeout(fanoutd, engine):
    d = fanoutd(engine, daemon={"client_idle_timeout": "300ms"})
    idle, busy = d.connect(), d.connect()
    hold(busy, engine)
    while (frame := idle.next_frame()) is not None:
        assert "client_idle_timeout" in frame["error"]["message"]
    assert busy.ping(), "a client with an open batch is not idle"
    release(busy)
