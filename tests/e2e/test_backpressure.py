"""Clients that read slowly or not at all: memory stays bounded, nobody else
notices, and what they read in the end is right."""

import json
import time

import pytest

from sql import FOREVER, series, wait_until
from daemon import sanitized

MEMORY = 64 * 1024 * 1024
ROWS = 100_000
PAD = {
    "postgres": "repeat('x', 1000)",
    "sqlite": "hex(zeroblob(500))",
}


def wide(engine, rows=ROWS):
    """About 1 kB a row: far more than any buffer holds."""
    return f"SELECT i, {PAD[engine]} FROM ({series(engine, rows)}) AS s"


def check_memory(daemon):
    assert sanitized() or daemon.rss() < MEMORY


def watch(daemon, other, seconds=1.0):
    """Memory is bounded and another connection is served, for a while."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        check_memory(daemon)
        assert other.ping()
        time.sleep(0.02)


def read_rows(client, daemon, pause=0):
    """Reads to the end of a batch, which must be ok; gives {(batch,
    statement): its last row's number}. Rows must be numbered from 1."""
    last, frame = {}, {"type": None}
    while frame["type"] != "end":
        time.sleep(pause)
        frame = json.loads(client.read_line())
        if frame["type"] == "rows":
            key = frame["batch"], frame["id"]
            for number, _ in frame["rows"]:
                assert int(number) == last.get(key, 0) + 1
                last[key] = int(number)
            check_memory(daemon)
        if frame["type"] == "done":
            assert frame["status"] == "ok", frame
    return last


@pytest.mark.bound(120)
@pytest.mark.parametrize("order", ["completion", "statement"])
def test_a_client_that_does_not_read_at_first(daemon, engine, order):
    c, other = daemon.connect(), daemon.connect()
    batch = c.send_batch(f"{wide(engine)}; {wide(engine)}", order=order)
    watch(daemon, other)
    assert other.batch("SELECT 1").rows["1"] == [["1"]]
    assert read_rows(c, daemon) == {(batch, "1"): ROWS, (batch, "2"): ROWS}


@pytest.mark.bound(120)
def test_many_that_do_not_read(fanoutd, engine):
    """More of them than connections: the later ones wait."""
    d = fanoutd(engine, pool_size=4, daemon={"client_buffer": "1MB"})
    clients = []
    for n in range(8):
        clients.append(d.connect())
        batch = clients[n].send_batch(wide(engine, 20_000), progress=True)
        clients[n].wait_for("started" if n < 4 else "accepted")
    watch(d, d.connect())
    for c in clients:
        assert read_rows(c, d) == {(batch, "1"): 20_000}


@pytest.mark.bound(120)
def test_a_slow_reader(daemon, engine):
    c = daemon.connect()
    batch = c.send_batch(wide(engine, 30_000))
    assert read_rows(c, daemon, pause=0.005) == {(batch, "1"): 30_000}


def test_copy_out_to_one_that_does_not_read(daemon_pg, client_pg):
    batch = client_pg.send_batch(f"COPY ({wide('postgres')}) TO STDOUT")
    watch(daemon_pg, daemon_pg.connect())
    size = 0
    while (frame := json.loads(client_pg.read_line()))["type"] != "end":
        size += len(frame["data"]) if frame["type"] == "copy" else 0
        check_memory(daemon_pg)
    expected = sum(len(str(n)) + 1002 for n in range(1, ROWS + 1))
    assert size == expected, batch


def test_requests_without_reading_the_answers(daemon_sqlite):
    """Answers that nobody takes stop the reading of requests."""
    c, other = daemon_sqlite.connect(), daemon_sqlite.connect()
    c.sock.settimeout(0.5)
    chunk = b'{"type":"hello"}\n' * 4096
    sent = 0
    try:
        while sent < 100 * len(chunk) * 10:
            sent += c.sock.send(chunk)
            check_memory(daemon_sqlite)
    except TimeoutError:
        pass
    watch(daemon_sqlite, other, 0.3)
    whole = sent // len(b'{"type":"hello"}\n')
    assert whole > 0
    for _ in range(whole):
        assert c.read_line().startswith(b'{"type":"hello"')


def test_client_write_timeout(fanoutd, engine):
    d = fanoutd(
        engine,
        pool_size=1,
        daemon={"client_write_timeout": "500ms", "client_buffer": "64kB"},
    )
    c = d.connect()
    c.send_batch(wide(engine))
    assert d.connect().batch("SELECT 1").rows["1"] == [["1"]]
    other = d.connect()
    wait_until(lambda: other.show("batches") == [])
    if engine == "postgres":
        wait_until(lambda: d.place.running() == 0)


def test_a_stalled_client_can_be_cancelled_by_another(daemon, engine):
    c, other = daemon.connect(), daemon.connect()
    batch = c.send_batch(wide(engine), id="stalled")
    time.sleep(0.3)
    other.send({"type": "cancel", "batch": batch})
    other.wait_for("cancelling")
    if engine == "postgres":
        wait_until(lambda: daemon.place.running() == 0)
    last = {}
    while (frame := json.loads(c.read_line()))["type"] != "end":
        last[frame["type"]] = frame
    assert last["done"]["status"] == "cancelled"


def test_a_stalled_client_can_cancel_its_own(daemon, engine):
    """Its requests are still read while its answers are not."""
    c, other = daemon.connect(), daemon.connect()
    batch = c.send_batch(f"{wide(engine)}; {FOREVER[engine]}")
    time.sleep(0.3)
    c.send({"type": "cancel", "batch": batch})
    wait_until(lambda: all(r["running"] == 0 for r in other.show("batches")))
    if engine == "postgres":
        wait_until(lambda: daemon.place.running() == 0)


def test_a_stalled_client_does_not_hold_up_the_end(fanoutd, engine):
    """SIGTERM with a client that never reads (checked at teardown)."""
    d = fanoutd(engine, daemon={"shutdown_timeout": "500ms"})
    c = d.connect()
    c.send_batch(f"{wide(engine)}; {FOREVER[engine]}")
    time.sleep(0.2)
    d.signal(15)
    assert d.wait(timeout=20) == 0
