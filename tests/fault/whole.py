"""What the tests of lost servers share."""

from sql import FOREVER, statements, wait_until


def start(client, *sql, **fields):
    """A batch whose first statement runs."""
    batch = client.send_batch(statements(*sql), progress=True, **fields)
    client.wait_for("started", batch=batch, id="1")
    return batch


def kill_all(daemon):
    """Its backends at the server; they are gone when this returns."""
    daemon.place.ask(
        "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
        " WHERE application_name = %s",
        daemon.place.name,
    )


def knows_the_dead(daemon):
    """The daemon has noticed of each killed connection that it is gone."""
    rows = daemon.connect().show("servers")
    mine = {r["remote_pid"] for r in rows if r["database"] == "pg"}
    living = daemon.place.server.ask("SELECT pid FROM pg_stat_activity")
    return mine <= {pid for (pid,) in living}


def check_pool(daemon, size):
    """The pool is whole: as many statements as it has connections run side
    by side, each on one of its own, and can be cancelled."""
    wait_until(lambda: knows_the_dead(daemon))
    c = daemon.connect()
    batch = c.send_batch(
        statements(*[FOREVER["postgres"]] * size), dispatch="independent"
    )
    try:
        wait_until(lambda: daemon.place.running() == size, 40)
    except AssertionError:
        told = c.show("pools")[1:] + c.show("databases")[1:]
        c.send({"type": "cancel", "batch": batch})
        raise AssertionError(told + c.show("servers")) from None
    c.send({"type": "cancel", "batch": batch})
    assert c.collect(batch).status() == ["cancelled"] * size
    wait_until(lambda: daemon.place.connections() <= size)


def check_other(daemon):
    """The database beside it notices nothing."""
    c = daemon.connect()
    assert c.batch("SELECT 1", db="main").rows["1"] == [["1"]]
