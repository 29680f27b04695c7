"""A server that breaks the protocol: the daemon lives, no statement waits
past its deadlines, each has one verdict that is true, other databases notice
nothing; and once the server behaves, it is used again."""

import contextlib

import pytest

import hostile_cases
import pg_wire
from daemon import sanitized
from hostile_pg import HostilePg, relay_to
from ndjson_client import Client
from sql import wait_until

MEMORY = 64 * 1024 * 1024
BOUNDS = {
    "engine": "postgres",
    "pool_size": 1,
    "query_wait_timeout": "1s",
    "query_timeout": "500ms",
    "server_connect_timeout": "300ms",
    "server_login_retry": "10ms",
}


class Case:
    """One hostile server, a database of its own and a client of it."""

    def __init__(self, name, server):
        self.name, self.server = name, server

    def start(self, daemon):
        self.client = daemon.connect()
        self.batch = self.client.send_batch("SELECT 1", db=self.name)
        self.client.stash.append(self.client.read())  # accepted

    def status(self):
        return self.client.collect(self.batch, timeout=30).status("1")

    def works(self):
        b = self.client.batch("SELECT 11", db=self.name)
        return b.status() == ["ok"] and b.rows["1"] == [["11"]]


@contextlib.contextmanager
def stage(fanoutd, scripts):
    """A daemon with a hostile server for each of the scripts, and one good
    database, `main`."""
    with contextlib.ExitStack() as stack:
        cases = [
            Case(f"c{n}", stack.enter_context(HostilePg(script)))
            for n, script in enumerate(scripts)
        ]
        more = {
            f"database {c.name}": {**BOUNDS, "conninfo": c.server.conninfo}
            for c in cases
        }
        daemon = fanoutd("sqlite", more=more)
        yield daemon, cases
        assert daemon.process.poll() is None, daemon.stderr()


def serve_meanwhile(daemon, cases):
    """Until every case is over, the good database serves and memory is
    bounded."""
    n = 0
    with Client(daemon.address) as main:
        while n == 0 or main.show("batches"):
            assert main.batch("SELECT 1").rows["1"] == [["1"]]
            assert sanitized() or daemon.rss() < MEMORY
            for case in cases:
                collect_some(case.client)
            n += 1


def collect_some(client):
    """Takes what there is, so that nobody is stalled."""
    with contextlib.suppress(BlockingIOError):
        client.sock.setblocking(False)
        while data := client.sock.recv(1 << 18):
            *whole, client.buffer = (client.buffer + data).split(b"\n")
            client.lines.extend(whole)


def check(fanoutd, pg, scripts, allowed):
    """Runs all scripts side by side; ALLOWED has each one's statuses."""
    with stage(fanoutd, scripts.values()) as (daemon, cases):
        for case in cases:
            case.start(daemon)
        serve_meanwhile(daemon, cases)
        got = dict(zip(scripts, [case.status() for case in cases]))
        wrong = {k: v for k, v in got.items() if v not in allowed[k]}
        assert not wrong
        for case in cases:
            case.server.script = relay_to(pg_wire.socket_of(pg.conninfo))
        for name, case in zip(scripts, cases):
            wait_until(case.works, what=f"service after: {name}")


@pytest.mark.bound(120)
@pytest.mark.parametrize("tail", hostile_cases.TAILS)
def test_wrong_from_the_start(fanoutd, pg, tail):
    starts = {
        name: hostile_cases.at_start(say, tail)
        for name, say in hostile_cases.STARTS.items()
    }
    check(fanoutd, pg, starts, dict.fromkeys(starts, {"not_sent"}))


@pytest.mark.bound(120)
@pytest.mark.parametrize("tail", hostile_cases.TAILS)
def test_wrong_in_answer_to_a_statement(fanoutd, pg, tail):
    answers = hostile_cases.ANSWERS
    scripts = {
        name: hostile_cases.at_query(say, tail)
        for name, (say, _) in answers.items()
    }
    # A reset may overtake what was said before it.
    too = hostile_cases.LOST if tail == "reset" else set()
    check(fanoutd, pg, scripts, {k: v | too for k, (_, v) in answers.items()})


TRANSIENT = {b"53300": "53300", b"57P03": "57P03"}
PERMANENT = {b"28P01": "28P01", b"3D000": "3D000"}


def refusing(sqlstate, authenticated, times, then):
    """The first TIMES connections are refused."""

    def script(conn):
        if conn.number > times:
            then(conn)
        elif authenticated:
            conn.send(pg_wire.AUTH_OK + pg_wire.fatal(sqlstate, b"not now"))
        else:
            conn.send(pg_wire.fatal(sqlstate, b"not now"))

    return script


@pytest.mark.parametrize("authenticated", [False, True])
@pytest.mark.parametrize("sqlstate", TRANSIENT)
def test_what_passes_by_itself_is_waited_for(
    fanoutd, pg, sqlstate, authenticated
):
    good = relay_to(pg_wire.socket_of(pg.conninfo))
    script = refusing(sqlstate, authenticated, 3, good)
    with stage(fanoutd, [script]) as (daemon, [case]):
        case.start(daemon)
        assert case.status() == "ok"
        assert case.server.n_conns == 4


@pytest.mark.parametrize("authenticated", [False, True])
@pytest.mark.parametrize("sqlstate", [*TRANSIENT, *PERMANENT])
def test_a_refusal_is_told(fanoutd, pg, sqlstate, authenticated):
    good = relay_to(pg_wire.socket_of(pg.conninfo))
    script = refusing(sqlstate, authenticated, 10**6, good)
    with stage(fanoutd, [script]) as (daemon, [case]):
        case.start(daemon)
        b = case.client.collect(case.batch)
        assert b.status() == ["not_sent"]
        assert "not now" in b.error()["message"]
        if sqlstate in PERMANENT:
            assert b.error()["sqlstate"] == PERMANENT[sqlstate]
        rows = {r["name"]: r for r in case.client.show("databases")}
        assert rows[case.name]["state"] == "failing"
        assert "not now" in rows[case.name]["last_error"]
        assert rows["main"]["state"] == "ok"
        case.server.script = good
        wait_until(case.works)


def test_a_wrong_password_is_told_at_once(fanoutd):
    """It does not pass by itself, so nobody waits for it."""
    script = refusing(b"28P01", False, 10**6, None)
    with stage(fanoutd, [script]) as (daemon, [case]):
        case.start(daemon)
        assert case.status() == "not_sent"
        assert case.server.n_conns == 1


def test_an_answer_that_nobody_asked_for_reaches_nobody(fanoutd):
    """A second answer right behind the first is not the next one's."""
    foreign = pg_wire.ANSWER.replace(pg_wire.row(b"1"), pg_wire.row(b"666"))

    def script(conn):
        conn.send(pg_wire.WELCOME)
        while conn.read_query():
            conn.send(pg_wire.ANSWER + foreign)

    with stage(fanoutd, [script]) as (daemon, [case]):
        client = daemon.connect()
        batches = [
            client.send_batch("SELECT 1", db=case.name) for _ in range(20)
        ]
        for batch in batches:
            assert ["666"] not in client.collect(batch).rows["1"]


def test_the_end_of_an_idle_connection_is_noticed(fanoutd, pg):
    good = relay_to(pg_wire.socket_of(pg.conninfo))

    def script(conn):
        conn.send(pg_wire.WELCOME)
        conn.read_query()
        conn.send(pg_wire.ANSWER)
        conn.send(pg_wire.fatal(b"57P01", b"bye"))

    with stage(fanoutd, [script]) as (daemon, [case]):
        case.start(daemon)
        assert case.status() == "ok"
        wait_until(lambda: not case.client.show("servers"))
        case.server.script = good
        wait_until(case.works)
