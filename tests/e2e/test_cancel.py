"""Cancelling: what runs, what waits, a whole batch, another's batch."""

import pytest

from sql import FOREVER, statements, wait_until


def start_forever(client, engine, n=1, **fields):
    """A batch of N endless statements, of which the first runs."""
    batch = client.send_batch(
        statements(*[FOREVER[engine]] * n), progress=True, **fields
    )
    client.wait_for("started", batch=batch)
    return batch


def test_a_running_statement_is_cancelled(daemon, client, engine):
    batch = start_forever(client, engine)
    if engine == "postgres":
        wait_until(lambda: daemon.place.running() == 1)
    client.send({"type": "cancel", "batch": batch, "id": "1"})
    b = client.collect(batch)
    assert b.status() == ["cancelled"]
    assert b.error()["sqlstate"] == "57014"
    assert b.end["cancelled"] == 1
    if engine == "postgres":
        wait_until(lambda: daemon.place.running() == 0)


def test_a_waiting_statement_is_not_sent(fanoutd, engine):
    c = fanoutd(engine, pool_size=1).connect()
    batch = start_forever(c, engine, n=2)
    c.send({"type": "cancel", "batch": batch, "id": "2"})
    done = c.wait_for("done", id="2")
    assert done["status"] == "not_sent"
    assert done["error"]["sqlstate"] == "57014"
    assert done["conn"] is None
    c.send({"type": "cancel", "batch": batch, "id": "1"})
    assert c.wait_for("done", id="1")["status"] == "cancelled"


def test_a_whole_batch(fanoutd, engine):
    c = fanoutd(engine, pool_size=2).connect()
    batch = c.send_batch(statements(*[FOREVER[engine]] * 5), progress=True)
    c.wait_for("started", id="1")
    c.wait_for("started", id="2")
    c.send({"type": "cancel", "batch": batch})
    c.wait_for("end", batch=batch)
    done = {f["id"]: f["status"] for f in c.stash if f["type"] == "done"}
    assert done == {
        "1": "cancelled",
        "2": "cancelled",
        "3": "not_sent",
        "4": "not_sent",
        "5": "not_sent",
    }


def test_only_that_batch(client, engine):
    one = start_forever(client, engine)
    two = start_forever(client, engine)
    client.send({"type": "cancel", "batch": one})
    assert client.collect(one).status() == ["cancelled"]
    assert client.silent(0.2), "the other one runs on"
    client.send({"type": "cancel", "batch": two})
    assert client.collect(two).status() == ["cancelled"]


def test_the_connection_serves_on_after_a_cancel(fanoutd, engine):
    """A late cancel must not reach whoever comes next."""
    c = fanoutd(engine, pool_size=1).connect()
    for n in range(15):
        batch = start_forever(c, engine)
        after = c.send_batch(f"SELECT {n}")
        c.send({"type": "cancel", "batch": batch})
        assert c.collect(batch).status() == ["cancelled"]
        assert c.collect(after).rows["1"] == [[str(n)]]


def test_cancel_races_with_the_end_of_short_statements(fanoutd, engine):
    c = fanoutd(engine, pool_size=1).connect()
    for n in range(60):
        batch = c.send_batch(f"SELECT {n}")
        after = c.send_batch(f"SELECT -{n}")
        c.send({"type": "cancel", "batch": batch})
        assert c.collect(batch).status("1") in ("ok", "cancelled", "not_sent")
        assert c.collect(after).rows["1"] == [[str(-n)]]


def test_a_batch_that_is_not_there(client):
    answer = client.ask(type="cancel", batch="nope")
    assert answer["type"] == "error"
    assert "nope" in answer["error"]["message"]
    assert client.ping()


def test_a_statement_that_is_not_there(client, engine):
    batch = start_forever(client, engine)
    client.send({"type": "cancel", "batch": batch, "id": "77"})
    assert "77" in client.wait_for("error")["error"]["message"]
    client.send({"type": "cancel", "batch": batch})
    assert client.collect(batch).status() == ["cancelled"]


def test_cancel_of_what_is_done_changes_nothing(client, engine):
    batch = client.send_batch(
        statements("SELECT 1", FOREVER[engine]), progress=True
    )
    client.wait_for("done", id="1")
    client.send({"type": "cancel", "batch": batch, "id": "1"})
    client.send({"type": "cancel", "batch": batch, "id": "2"})
    done = client.wait_for("done", id="2")
    assert done["status"] == "cancelled"
    assert client.wait_for("end")["ok"] == 1


def client_number(daemon, batch):
    """As a person finds it: show batches names each batch's client."""
    rows = daemon.connect().show("batches")
    return [row["client"] for row in rows if row["batch"] == batch]


@pytest.mark.parametrize("named", [False, True])
def test_from_another_connection(daemon, client, engine, named):
    batch = start_forever(client, engine, id="far")
    frame = {"type": "cancel", "batch": batch}
    number = client_number(daemon, batch)[0]
    if named:
        frame["client"] = int(number)
    other = daemon.connect()
    other.send(frame)
    answer = other.wait_for("cancelling")
    assert answer["batch"] == batch
    assert str(answer["client"]) == str(number)
    assert answer["statements"] == 1
    assert client.collect(batch).status() == ["cancelled"]


def test_an_id_that_two_clients_use_needs_the_client(daemon, engine):
    one, two, other = (daemon.connect() for _ in range(3))
    start_forever(one, engine, id="same")
    start_forever(two, engine, id="same")
    other.send({"type": "cancel", "batch": "same"})
    assert "client" in other.wait_for("error")["error"]["message"]
    for number in client_number(daemon, "same"):
        other.send({"type": "cancel", "batch": "same", "client": int(number)})
        other.wait_for("cancelling")
    assert one.collect("same").status() == ["cancelled"]
    assert two.collect("same").status() == ["cancelled"]


def test_own_batch_comes_before_anothers_of_that_id(daemon, engine):
    one, two = daemon.connect(), daemon.connect()
    start_forever(one, engine, id="same")
    start_forever(two, engine, id="same")
    one.send({"type": "cancel", "batch": "same"})
    assert one.collect("same").status() == ["cancelled"]
    assert two.silent(0.2)
    two.send({"type": "cancel", "batch": "same"})
    assert two.collect("same").status() == ["cancelled"]


def test_a_late_cancel_loses_no_rows(client):
    """Whoever wins the race: what is ok has all its rows."""
    for _ in range(60):
        batch = client.send_batch(
            "SELECT 1; SELECT 2", until="first", dispatch="independent"
        )
        b = client.collect(batch)
        for id, done in b.done.items():
            if done["status"] == "ok":
                assert b.rows[id] == [[id]]


def test_a_late_cancel_of_ones_own_batch_hits_no_other(fanoutd, engine):
    """Ids that the server gives are the same for every client."""
    d = fanoutd(engine)
    one, two = d.connect(), d.connect()
    mine = one.batch("SELECT 1")
    other = two.send_batch("SELECT pg_sleep(0.5)", id=mine.id)
    two.wait_for("accepted")
    one.send({"type": "cancel", "batch": mine.id})
    assert one.wait_for("error")
    assert two.collect(other).status() == ["ok"]
