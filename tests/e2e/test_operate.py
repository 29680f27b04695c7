"""What an operator does to a running daemon: pause, resume, reconnect."""

import pytest

from sql import FOREVER, wait_until


def test_a_paused_database_starts_nothing(daemon, client, engine):
    assert client.ask(type="pause") == {
        "type": "paused",
        "databases": ["main"],
    }
    batch = client.send_batch("SELECT 1")
    client.wait_for("accepted", batch=batch)
    assert client.silent(0.3)
    assert daemon.connect().ask(type="resume")["type"] == "resumed"
    assert client.collect(batch).rows["1"] == [["1"]]


def test_pause_lets_run_what_runs_and_closes_the_rest(fanoutd):
    d = fanoutd("postgres", pool_size=2)
    c, other = d.connect(), d.connect()
    batch = c.send_batch("SELECT pg_sleep(0.5)", progress=True)
    c.wait_for("started", batch=batch)
    other.ask(type="pause")
    assert c.collect(batch).status() == ["ok"]
    wait_until(lambda: d.place.connections() == 0)
    other.ask(type="resume")
    assert c.batch("SELECT 1").status() == ["ok"]


@pytest.mark.parametrize("verb", ["pause", "resume", "reconnect"])
def test_of_a_database_that_is_not_there(client, verb):
    answer = client.ask(type=verb, db="mian")
    assert answer["error"]["sqlstate"] == "3D000"
    assert client.batch("SELECT 1", db="main").status() == ["ok"]


def test_waiting_statements_of_a_paused_one_can_be_cancelled(client):
    client.ask(type="pause")
    batch = client.send_batch("SELECT 1")
    client.send({"type": "cancel", "batch": batch})
    assert client.collect(batch).status() == ["not_sent"]


def test_reconnect_replaces_every_connection(fanoutd):
    c = fanoutd("postgres", pool_size=1).connect()

    def pid():
        return c.batch("SELECT pg_backend_pid()").rows["1"]

    first = pid()
    assert pid() == first
    assert c.ask(type="reconnect", db="main")["databases"] == ["main"]
    assert pid() != first


def test_reconnect_waits_for_what_runs(daemon, client, engine):
    batch = client.send_batch(FOREVER[engine], progress=True)
    client.wait_for("started", batch=batch)
    client.send({"type": "reconnect"})
    client.wait_for("reconnecting")
    client.send({"type": "cancel", "batch": batch})
    assert client.collect(batch).status() == ["cancelled"]


def test_a_lost_statement_is_not_run_again(fanoutd):
    """No rollback undoes nextval: the sequence counts the executions."""
    d = fanoutd("postgres", pool_size=1)
    c = d.connect()
    c.batch("CREATE SEQUENCE runs")
    batch = c.send_batch("SELECT nextval('runs'), pg_sleep(600)")
    wait_until(lambda: d.place.running() == 1)
    d.place.terminate_all()
    assert c.collect(batch).status("1") in ("error", "unknown")
    assert c.batch("SELECT 1").status() == ["ok"]
    assert d.place.value("SELECT last_value FROM runs") == 1
