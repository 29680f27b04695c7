"""The soak's clients: each visits the daemon over and over, asks for batches,
and then stays, cancels, reads slowly, or is gone in one of many ways."""

import json
import random
import socket
import threading
import time

import batches
import frame_check
import statements
from ndjson_client import Client
from sql import wait_until

PATIENCE = 60.0  # for anything that must come
CHECKED = 50  # one in so many frames is held against the schema
LEAVING = ("close", "reset", "half_close", "half_line", "half_line_reset")
WAYS = (
    ("stay", 50),
    ("leave", 30),
    ("bow", 10),
    ("slow", 8),
    ("stall", 2),
)


class Visitor(threading.Thread):
    def __init__(self, number, seed, daemon, ledger, patience=1):
        super().__init__(name=f"visitor {number}", daemon=True)
        self.number, self.fanoutd, self.ledger = number, daemon, ledger
        self.rng = random.Random(f"{seed}/visitor/{number}")
        self.patience = patience
        self.over = threading.Event()
        self.batches = 0

    def run(self):
        while not self.over.is_set():
            way = self.rng.choices(*zip(*WAYS))[0]
            try:
                self.visit(way)
            except Exception as e:  # whatever it was, the soak goes on
                self.ledger.finding(*kind_of(e), self.name, way)
            self.over.wait(self.rng.expovariate(20))

    def visit(self, way):
        unix = self.rng.random() < 0.5
        fanoutd = self.fanoutd
        address = fanoutd.socket_path if unix else fanoutd.address
        with Client(address) as client:
            self.ledger.count("clients")
            talk = Talk(self, client)
            for _ in range(self.rng.choice((0, 0, 3))):
                talk.stay()
            getattr(talk, way)()

    def ask(self, make=batches.make):
        """A new batch; its name says whose it is."""
        self.batches += 1
        engine = self.rng.choice(("postgres", "postgres", "sqlite"))
        name = f"c{self.number}.b{self.batches}"
        return make(name, engine, self.rng)


def kind_of(e):
    """What a finding is called, and what else there is to say."""
    if isinstance(e, batches.Wrong):
        return (str(e.args[0])[:100], *e.args[1:])
    return (repr(e)[:100],)


def open_batches(client):
    return {b["batch"] for b in client.show("batches")}


class Talk:
    """Batches on one connection, from first byte to last."""

    def __init__(self, visitor, client):
        self.visitor, self.client = visitor, client
        self.rng, self.ledger = visitor.rng, visitor.ledger
        self.answers = {}
        self.frames = 0
        self.errors_due = 0  # error frames that were asked for
        self.plain_due = 0  # answers to ping, hello and show

    # The ways of a visitor

    def stay(self):
        self.send_some()
        self.read_all()

    def bow(self):
        """Ends its stream; what it asked for still comes, then the end."""
        self.send_some()
        self.client.half_close()
        self.read_all()
        while (line := self.client.read_line()) is not None:
            self.take(json.loads(line))

    def leave(self):
        self.send_some(hold_up=True)
        self.read_for(self.rng.choice((0, 0.005, 0.05, 0.3)))
        self.vanish(self.rng.choice(LEAVING))

    def slow(self):
        """Takes what it gets in small sips, and in the end all of it."""
        ask = self.visitor.ask()
        batches.add(ask, statements.wide, self.rng)
        self.send(ask)
        self.read_all(pause=self.rng.choice((0.001, 0.01, 0.05)))

    def stall(self):
        """Takes nothing more, until the daemon has had enough of it."""
        ask = self.visitor.ask(batches.wide)
        self.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.send(ask)
        self.ledger.count("clients that took nothing")
        with Client(self.visitor.fanoutd.address) as other:
            wait_until(
                lambda: ask.name not in open_batches(other),
                PATIENCE * self.visitor.patience,
                "the end of a client that takes nothing",
            )
        self.forget()

    # Sending

    def send_some(self, hold_up=False):
        for _ in range(self.rng.choice((1, 1, 2, 4))):
            ask = self.visitor.ask()
            cancel = self.rng.random() < 0.15
            if cancel or hold_up or "timeout_ms" in ask.fields:
                if self.rng.random() < 0.2:
                    batches.add(ask, statements.forever, self.rng)
            self.send(ask)
            if cancel:
                self.cancel(ask)
            if self.rng.random() < 0.1:
                self.aside()

    def send(self, ask):
        self.answers[ask.name] = batches.Answer(ask)
        self.ledger.sent(ask)
        self.client.send(ask.frame(), *ask.feeding())

    def cancel(self, ask):
        """At once or in a while, all of it, maybe one statement first."""
        self.read_for(self.rng.choice((0, 0.001, 0.01, 0.1)))
        ask.cancelled = True
        frame = {"type": "cancel", "batch": ask.name}
        if self.rng.random() < 0.4:
            s = self.rng.choice(ask.stmts)
            self.client.send({**frame, "id": s.number})
            self.errors_due += 1
        self.client.send(frame)
        self.errors_due += 1
        self.ledger.count("cancels")

    def aside(self):
        """Something else between the batches."""
        what = self.rng.choice(("ping", "hello", "show", "bad"))
        if what == "bad":
            self.client.send_raw(b'{"type":"batch","sql":"SELECT 1\n')
            self.errors_due += 1
        elif what == "show":
            self.client.send({"type": "show", "what": "batches"})
            self.plain_due += 1
        else:
            self.client.send({"type": what})
            self.plain_due += 1

    def vanish(self, how):
        self.ledger.count("vanished clients")
        try:
            if how.startswith("half_line"):
                self.client.send_raw(b'{"type":"batch","sql":"SELECT')
            if how == "half_close":
                self.client.half_close()
            if how.endswith("reset"):
                self.client.reset()
        except OSError:
            pass  # the daemon was faster
        self.forget()

    def forget(self):
        """Nobody will ever know how these ended."""
        for answer in self.answers.values():
            self.ledger.forget(answer.ask)
            self.ledger.count("batches left behind")
        self.answers.clear()

    # Reading

    def read_all(self, pause=0):
        patience = PATIENCE * self.visitor.patience
        deadline = time.monotonic() + patience
        while self.answers or self.plain_due:
            left = deadline - time.monotonic()
            batches.need(left > 0, "no end", self.request())
            self.read_one(left)
            if pause:
                time.sleep(pause)

    def read_for(self, seconds):
        until = time.monotonic() + seconds
        while self.answers and time.monotonic() < until:
            self.read_one(max(until - time.monotonic(), 0.001), may_wait=True)

    def read_one(self, timeout, may_wait=False):
        try:
            line = self.client.read_line(timeout)
        except (TimeoutError, BlockingIOError):
            batches.need(may_wait, "nothing comes", self.request())
            return
        batches.need(line is not None, "closed", self.request())
        frame = json.loads(line)
        self.frames += 1
        if self.frames % CHECKED == 0:
            frame_check.check_server_frame(frame, len(line))
        self.take(frame)

    def take(self, frame):
        answer = self.answers.get(frame.get("batch"))
        if answer is None:
            self.take_other(frame)
            return
        try:
            answer.take(frame)
        except Exception as e:
            self.answers.pop(answer.id)
            self.ledger.forget(answer.ask)
            raise batches.Wrong(*e.args, answer.ask.frame(), frame) from e
        if answer.end:
            self.answers.pop(answer.id)
            self.ledger.ended(answer.ask, answer)

    def take_other(self, frame):
        if frame["type"] == "error":
            batches.need(self.errors_due > 0, "an error for nothing", frame)
            self.errors_due -= 1
            return
        batches.need("batch" not in frame, "not asked for", frame)
        batches.need(self.plain_due > 0, "not asked for", frame)
        self.plain_due -= 1

    def request(self):
        return [a.ask.frame() for a in self.answers.values()]
