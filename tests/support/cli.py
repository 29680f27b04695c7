"""Runs the client `fanout` as a user would, against any server."""

import os
import pty
import re
import select
import subprocess

from daemon import BUILD, ENVIRONMENT, TROUBLE, UNDER
from fake_fanoutd import FakeFanoutd, accepted

FANOUT = BUILD / "fanout"
BOUND = 40


def command(server, *args):
    """The argv for a server with host and port (None: a Unix socket)."""
    where = ["-h", str(server.host)]
    if server.port:
        where += ["-p", str(server.port)]
    return [*UNDER, str(FANOUT), *where, *args]


def environment(**more):
    env = {k: v for k, v in ENVIRONMENT.items() if k != "XDG_RUNTIME_DIR"}
    env.update(COLUMNS="80", LC_ALL="C.UTF-8", **more)
    return env


def check(text):
    """No sanitizer, assertion or valgrind has anything to say."""
    assert not TROUBLE.search(text), text


class Result:
    def __init__(self, code, out, err):
        check(err)
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return (
            f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"
        )


def fanout(server, *args, input="", env=None):
    """Runs to its end, both outputs captured as text."""
    p = subprocess.run(
        command(server, *args),
        input=input,
        capture_output=True,
        encoding="utf-8",
        timeout=BOUND,
        env=env or environment(),
    )
    return Result(p.returncode, p.stdout, p.stderr)


def run_with(frames, *args, statements=1, input=""):
    """Runs it against a server that answers with FRAMES; the request is in
    the result."""
    asked = []

    def script(conn):
        asked.append(conn.read())
        conn.send(accepted(asked[0], statements), *frames)

    with FakeFanoutd(script) as server:
        result = fanout(server, "run", *args, input=input)
    result.request = asked[0]
    return result


def start(server, *args, **popen):
    """Starts it; the caller waits for it. Outputs are pipes of bytes."""
    popen = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "env": environment(),
        **popen,
    }
    return subprocess.Popen(command(server, *args), **popen)


class Terminal:
    """A pseudo-terminal whose other side the test reads."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        self.seen = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.master)
        if self.slave is not None:
            os.close(self.slave)

    def started(self):
        """The child has it now: its end becomes visible."""
        os.close(self.slave)
        self.slave = None

    def read_until(self, pattern):
        """Reads on until the regular expression matches; None at the end."""
        while not re.search(pattern, self.seen):
            if not select.select([self.master], [], [], BOUND)[0]:
                raise AssertionError(f"never came: {pattern}\n{self.seen!r}")
            try:
                data = os.read(self.master, 65536)
            except OSError:  # EIO: the child is gone
                data = b""
            if not data:
                return None
            self.seen += data.decode("utf-8", "replace")
        return self.seen
