"""A stream of the server that ends too early, at every byte of it: one real
conversation is recorded, then replayed by a server that hangs up after 0, 1,
2 … bytes."""

import pytest

import pg_wire
from hostile_pg import HostilePg, relay_to
from sql import wait_until

SETUP = "CREATE TABLE IF NOT EXISTS public.cut (a int)"
CONVERSATIONS = {
    "select": "SELECT 1 AS a, 'um' AS b",
    "error": "SELECT 1 / 0",
    "write": "INSERT INTO public.cut VALUES (1)",
    "copy": "COPY (VALUES (1), (2)) TO STDOUT",
}


class Recording:
    """What the server said: to the startup packet, then to the request."""

    def __init__(self):
        self.welcome = self.answer = b""
        self.asked = False

    def note(self, direction, data):
        if direction == "client":
            self.asked = self.asked or not data.startswith(b"X")
        elif self.asked:
            self.answer += data
        else:
            self.welcome += data


def record(fanoutd, pg, sql):
    """What fanoutd and PostgreSQL say to each other about SQL."""
    made = Recording()
    relay = relay_to(pg_wire.socket_of(pg.conninfo), made.note)
    with HostilePg(relay) as server:
        d = fanoutd("postgres", conninfo=server.conninfo)
        status = d.connect().batch(sql).status("1")
        d.stop()
    assert made.welcome.endswith(pg_wire.ready())
    assert made.answer.endswith(pg_wire.ready())
    return made, status


class Player:
    """Replays RECORDING to each connection, `cut_at` bytes of it."""

    def __init__(self, recording):
        self.recording = recording
        self.cut_at = None  # None: all of it

    def __call__(self, conn):
        cut, self.cut_at = self.cut_at, None
        welcome, answer = self.recording.welcome, self.recording.answer
        conn.send(welcome[:cut])
        if cut is not None and cut <= len(welcome):
            return
        conn.read_query()
        conn.send(answer if cut is None else answer[: cut - len(welcome)])


def conversation(client):
    """One statement on a connection of its own."""
    wait_until(lambda: not client.show("servers"))
    return client.batch("SELECT 1").status("1")


@pytest.fixture
def replayed(fanoutd):
    def play(recording):
        player = Player(recording)
        server = HostilePg(player).__enter__()
        servers.append(server)
        d = fanoutd(
            "postgres",
            conninfo=server.conninfo,
            pool_size=1,
            server_login_retry="1ms",
        )
        return player, d.connect()

    servers = []
    yield play
    for server in servers:
        server.__exit__()


@pytest.mark.bound(120)
def test_cut_while_connecting(fanoutd, pg, replayed):
    """Nothing was sent yet, so another connection serves the statement."""
    recording, _ = record(fanoutd, pg, CONVERSATIONS["select"])
    player, client = replayed(recording)
    for n in range(len(recording.welcome)):
        player.cut_at = n
        assert conversation(client) == "ok", n


@pytest.mark.bound(120)
@pytest.mark.parametrize("what", CONVERSATIONS)
def test_cut_within_the_answer(fanoutd, pg, replayed, what):
    """Handed over, and no verdict: unknown at every byte but the last."""
    pg.ask(SETUP)
    recording, status = record(fanoutd, pg, CONVERSATIONS[what])
    player, client = replayed(recording)
    start, size = len(recording.welcome), len(recording.answer)
    reset = recording.answer.find(b"C\0\0\0\x10DISCARD ALL")
    if reset > 0:  # behind the statement's own answer
        size = reset
    for n in range(1, size):
        player.cut_at = start + n
        assert conversation(client) == "unknown", (n, recording.answer[:n])
    player.cut_at = start + size
    assert conversation(client) == status
