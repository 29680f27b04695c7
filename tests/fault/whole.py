"""What the tests of lost servers share."""

from sql import FOREVER, statements, wait_until


def start(client, *sql, **fields):
    """A batch whose first statement runs."""
    batch = client.send_batch(statements(*sql), progress=True, **fields)
    client.wait_for("started", batch=batch, id="1")
    return batch


def check_pool(daemon, size):
    """The pool is whole: as many statements as it has connections run side
    by side, each on one of its own, and can be cancelled."""
    c = daemon.connect()
    batch = c.send_batch(
        statements(*[FOREVER["postgres"]] * size), dispatch="independent"
    )
    try:
        wait_until(lambda: daemon.place.running() == size, 40)
    except AssertionError:
        c.send({"type": "cancel", "batch": batch})
        raise AssertionError(c.show("pools") + c.show("databases")) from None
    c.send({"type": "cancel", "batch": batch})
    assert c.collect(batch).status() == ["cancelled"] * size
    assert daemon.place.connections() <= size


def check_other(daemon):
    """The database beside it notices nothing."""
    c = daemon.connect()
    assert c.batch("SELECT 1", db="main").rows["1"] == [["1"]]
