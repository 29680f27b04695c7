"""A client of the native protocol, for tests and for reading.

    with Client(("127.0.0.1", 7432)) as c:
        b = c.batch("SELECT 1; SELECT 2")
        assert b.rows == {"1": [["1"]], "2": [["2"]]}

Every batch that is collected is checked against what the protocol promises
of any batch (see Batch.check), so each test tests that as well.
"""

import collections
import json
import socket
import struct
import time

import frame_check

TIMEOUT = 20.0


class Lost(Exception):
    """The daemon closed the connection where a frame was expected."""


def of_batch(frame):
    """Is it part of a batch's answer, rather than an answer of its own?"""
    return "batch" in frame and frame["type"] != "cancelling"


class Client:
    """One connection. ADDRESS is (host, port), or a Unix socket's path."""

    def __init__(self, address):
        unix = not isinstance(address, tuple)
        family = socket.AF_UNIX if unix else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(str(address) if unix else address)
        self.buffer = bytearray()
        self.lines = collections.deque()
        self.stash = collections.deque()
        self.last_id = 0

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    # Sending

    def send_raw(self, data):
        """Bytes as they are."""
        self.sock.settimeout(TIMEOUT)
        self.sock.sendall(data)

    def send(self, *frames):
        """Each frame as one line."""
        lines = [json.dumps(f, ensure_ascii=False) + "\n" for f in frames]
        self.send_raw("".join(lines).encode())

    def send_batch(self, sql=None, **fields):
        """Sends a batch, a script or a list of statements; gives its id."""
        if isinstance(sql, str):
            fields["sql"] = sql
        elif sql is not None:
            fields["statements"] = sql
        if "id" not in fields:
            self.last_id += 1
            fields["id"] = f"b{self.last_id}"
        self.send({"type": "batch", **fields})
        return fields["id"]

    def half_close(self):
        """No more requests; what was accepted is still delivered."""
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.sock.close()

    def reset(self):
        """Closes with a TCP reset: nobody listens any more."""
        linger = struct.pack("ii", 1, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.sock.close()

    # Receiving

    def read_line(self, timeout=TIMEOUT):
        """The next line as bytes, or None at the end of the stream."""
        deadline = time.monotonic() + timeout
        while not self.lines:
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            data = self.sock.recv(1 << 18)
            if not data:
                assert not self.buffer, "the stream ends within a line"
                return None
            *whole, rest = (self.buffer + data).split(b"\n")
            self.lines.extend(whole)
            self.buffer = rest
        return self.lines.popleft()

    def next_frame(self, timeout=TIMEOUT):
        """The next frame off the wire, or None at the end."""
        line = self.read_line(timeout)
        if line is None:
            return None
        frame = json.loads(line.decode("utf-8"))
        frame_check.check_server_frame(frame, len(line))
        return frame

    def read(self, timeout=TIMEOUT):
        """The next frame, those that collect() passed over first."""
        if self.stash:
            return self.stash.popleft()
        return self.next_frame(timeout)

    def silent(self, seconds):
        """True when nothing comes for so long."""
        try:
            self.stash.append(self.next_frame(seconds))
            return False
        except (TimeoutError, BlockingIOError):
            return True

    def wait_for(self, type_, timeout=TIMEOUT, **fields):
        """The first frame of that type and fields. Others are kept, and
        what is of a batch is still there for collect()."""
        want = {"type": type_, **fields}

        def fits(frame):
            return all(frame.get(k) == v for k, v in want.items())

        deadline = time.monotonic() + timeout
        frame = next(filter(fits, self.stash), None)
        while frame is None:
            left = max(deadline - time.monotonic(), 0.001)
            last = self.next_frame(left)
            if last is None:
                raise Lost(f"no {want}; came before: {list(self.stash)[-5:]}")
            self.stash.append(last)
            frame = last if fits(last) else None
        if not of_batch(frame):
            self.stash.remove(frame)
        return frame

    # Whole conversations

    def ask(self, **frame):
        """Sends one frame, gives the one that comes next."""
        self.send(frame)
        return self.read()

    def ping(self):
        self.send({"type": "ping"})
        return self.wait_for("pong") == {"type": "pong"}

    def show(self, what):
        """The rows of `show WHAT` as dicts."""
        self.send({"type": "show", "what": what})
        table = self.wait_for("table", what=what)
        return [dict(zip(table["columns"], row)) for row in table["rows"]]

    def batch(self, sql=None, timeout=TIMEOUT, **fields):
        """Runs a batch to its end (or its rejection)."""
        return self.collect(self.send_batch(sql, **fields), timeout)

    def collect(self, batch_id, timeout=TIMEOUT):
        """Reads until that batch ends; frames of others are kept."""
        deadline = time.monotonic() + timeout
        batch = Batch(batch_id)
        waiting, self.stash = self.stash, collections.deque()
        while not batch.over:
            if waiting:
                frame = waiting.popleft()
            else:
                left = max(deadline - time.monotonic(), 0.001)
                frame = self.next_frame(left)
            if frame is None:
                raise Lost(f"batch {batch_id} has no end: {batch.frames}")
            if not batch.take(frame):
                self.stash.append(frame)
        self.stash.extend(waiting)
        batch.check()
        return batch


class Batch:
    """What came for one batch, in the order in which it came."""

    def __init__(self, batch_id):
        self.id = batch_id
        self.frames = []
        self.accepted = self.rejected = self.end = None
        self.done = {}  # by statement, in the order of their coming
        self.columns = {}
        self.rows = collections.defaultdict(list)
        self.copy = collections.defaultdict(str)
        self.notices = collections.defaultdict(list)
        self.started = []

    @property
    def over(self):
        return bool(self.end or self.rejected)

    @property
    def order(self):
        """Statement ids in the order of their `done`."""
        return list(self.done)

    def status(self, *ids):
        """One statement's status, or a list of all in `done` order."""
        if len(ids) == 1:
            return self.done[ids[0]]["status"]
        return [self.done[i]["status"] for i in ids or self.done]

    def error(self, statement="1"):
        return self.done[statement]["error"]

    def names(self, statement="1"):
        return [c["name"] for c in self.columns[statement]]

    def of(self, type_):
        return [f for f in self.frames if f["type"] == type_]

    def take(self, frame):
        """Adds FRAME where it is of this batch."""
        if frame.get("batch") != self.id or not of_batch(frame):
            return False
        self.frames.append(frame)
        getattr(self, "on_" + frame["type"])(frame)
        return True

    def on_accepted(self, frame):
        assert len(self.frames) == 1, "accepted comes first"
        self.accepted = frame

    def on_rejected(self, frame):
        assert len(self.frames) == 1, "nothing comes before rejected"
        self.rejected = frame

    def on_started(self, frame):
        self.unfinished(frame)
        self.started.append(frame["id"])

    def on_columns(self, frame):
        self.unfinished(frame)
        assert frame["id"] not in self.columns, "columns come once"
        self.columns[frame["id"]] = frame["columns"]

    def on_rows(self, frame):
        self.unfinished(frame)
        width = len(self.columns[frame["id"]])
        assert all(len(row) == width for row in frame["rows"])
        self.rows[frame["id"]] += frame["rows"]

    def on_copy(self, frame):
        self.unfinished(frame)
        self.copy[frame["id"]] += frame["data"]

    def on_notice(self, frame):
        self.unfinished(frame)
        self.notices[frame["id"]].append(frame)

    def on_done(self, frame):
        self.unfinished(frame)
        self.done[frame["id"]] = frame

    def on_end(self, frame):
        self.end = frame

    def unfinished(self, frame):
        assert self.accepted, "the verdict on the batch comes first"
        assert frame["id"] not in self.done, f"after its done: {frame}"

    def check(self):
        """What holds for every batch."""
        if self.rejected:
            return
        assert len(self.done) == self.accepted["statements"]
        tally = collections.Counter(self.status())
        for status in frame_check.STATUSES:
            assert self.end[status] == tally[status], (status, self.end)
        for done in self.done.values():
            assert (done["error"] is None) == (done["status"] == "ok"), done
            assert done["tag"] is None or done["status"] == "ok", done
            rows = self.rows.get(done["id"])
            if done["status"] == "ok" and rows:
                assert done["count"] == len(rows), done
            times = [done[k] for k in ("queue_us", "exec_us", "total_us")]
            assert min(times) >= 0 and times[2] >= max(times), done
