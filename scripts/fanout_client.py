"""A client of fanoutd in plain Python: one JSON object a line, both ways.

    with Fanout("127.0.0.1", 7432) as fanout:
        print(fanout.query("SELECT 1; SELECT 2"))

send() and frames() are the whole protocol; the rest is convenience. One
thread at a time.
"""

import json
import socket


class FanoutError(Exception):
    """The daemon cannot be reached, or did not do what it was asked to."""


class Fanout:
    def __init__(self, host="127.0.0.1", port=7432):
        """HOST with a "/" in it is the path of a Unix socket."""
        self.address = host if "/" in host else f"{host}:{port}"
        try:
            if "/" in host:
                self._socket = socket.socket(socket.AF_UNIX)
                self._socket.connect(host)
            else:
                self._socket = socket.create_connection((host, port))
        except OSError as e:
            raise FanoutError(f"no fanoutd at {self.address}: "
                              f"{e.strerror or e}") from e
        self._lines = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._lines.close()
        self._socket.close()

    def send(self, type, **fields):
        line = json.dumps({"type": type, **fields}, ensure_ascii=False)
        try:
            self._socket.sendall(line.encode() + b"\n")
        except OSError as e:
            raise self._lost(e) from e

    def frames(self):
        """What the daemon sends, as it comes."""
        while True:
            try:
                line = self._lines.readline()
            except OSError as e:
                raise self._lost(e) from e
            if not line.endswith(b"\n"):
                raise self._lost("it closed the connection")
            frame = json.loads(line)
            if frame["type"] in ("error", "rejected"):
                raise FanoutError(explain(frame["error"]))
            yield frame

    def hello(self):
        """The daemon's protocol, version, limits and databases."""
        self.send("hello")
        return next(f for f in self.frames() if f["type"] == "hello")

    def query(self, sql, **fields):
        """Runs a script; the rows of each statement, by its id."""
        self.send("batch", sql=sql, order="statement", **fields)
        rows = {}
        for frame in self.frames():
            if frame["type"] == "columns":
                rows[frame["id"]] = []
            elif frame["type"] == "rows":
                rows[frame["id"]] += frame["rows"]
            elif frame["type"] == "done":
                check(frame)
            elif frame["type"] == "end":
                return rows

    def _lost(self, why):
        return FanoutError(f"lost fanoutd at {self.address}: {why}")


def check(done):
    """Raises unless a statement ended well."""
    if done["status"] != "ok":
        raise FanoutError(f"statement {done['id']} {done['status']}: "
                          f"{explain(done['error'])}")


def explain(error):
    if not error:
        return "no reason was given"
    parts = [f"{error['message']} ({error['sqlstate']})"]
    parts += [f"{k}: {error[k]}" for k in ("detail", "hint") if error.get(k)]
    return "; ".join(parts)
