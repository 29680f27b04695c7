"""`fanout run` as it is lived with: Ctrl-C, and the progress line."""

import json
import re
import signal
import subprocess
import threading

from cli import Terminal, check, start
from fake_fanoutd import FakeFanoutd, accepted, columns, done, end, error, rows

CANCELLED = {"status": "cancelled", "error": error("cancelled", "57014")}


def interrupted(
    server, accepted_event, *args, again=None, number=signal.SIGINT
):
    """Runs it, signals it once the server says so, once more if AGAIN."""
    p = start(server, "run", "-c", "SELECT 1; SELECT 2", *args)
    accepted_event.wait(20)
    p.send_signal(number)
    if again:
        again.wait(20)
        p.send_signal(number)
    out, err = p.communicate(timeout=20)
    check(err.decode())
    return p.returncode, out.decode(), err.decode()


def cancelling(ready, seen):
    def script(conn):
        request = conn.read()
        conn.send(accepted(request, 2), done("1", tag="OK"))
        ready.set()
        seen.append((request, conn.read()))
        conn.send(done("2", **CANCELLED), end())

    return script


def test_ctrl_c_cancels_and_waits_for_the_end(folder):
    ready, seen = threading.Event(), []
    with FakeFanoutd(cancelling(ready, seen)) as server:
        code, out, err = interrupted(
            server, ready, "--trace", str(folder / "t")
        )
    request, cancel = seen[0]
    assert cancel == {"type": "cancel", "batch": request["id"]}
    assert code == 130
    assert "-- 1: SELECT 1 (12 ms)\nOK\n" in out
    assert "2: ERROR:  cancelled" in err and "once more" in err
    events = json.loads((folder / "t").read_text())["traceEvents"]
    assert len([e for e in events if e.get("cat") == "exec"]) == 2


def test_sigterm_does_the_same():
    ready, seen = threading.Event(), []
    with FakeFanoutd(cancelling(ready, seen)) as server:
        code, _, _ = interrupted(server, ready, number=signal.SIGTERM)
    assert code == 143 and seen[0][1]["type"] == "cancel"


def test_a_second_ctrl_c_leaves_at_once(folder):
    ready, again = threading.Event(), threading.Event()

    def script(conn):
        conn.send(
            accepted(conn.read(), 2), columns("1", "a"), rows("1", ["x"])
        )
        ready.set()
        assert conn.read()["type"] == "cancel"
        again.set()
        assert conn.read() is None

    with FakeFanoutd(script) as server:
        code, _, _ = interrupted(
            server, ready, "--trace", str(folder / "t"), again=again
        )
    assert code == 130
    json.loads((folder / "t").read_text())


def test_ctrl_c_is_heeded_while_the_reader_is_slow():
    """The pipe is full and nobody reads: still the cancel goes out."""
    ready = threading.Event()

    def script(conn):
        conn.send(accepted(conn.read(), 1), columns("1", "a"))
        chunk = rows("1", *[["x" * 100]] * 1000)
        conn.send(chunk, chunk)
        ready.set()
        assert conn.read()["type"] == "cancel"
        conn.send(done("1", **CANCELLED), end())

    with FakeFanoutd(script) as server:
        p = start(server, "run", "-c", "SELECT 1", "--csv")
        ready.wait(20)
        assert p.stdout.read(1) == b"a"  # so it has come to printing
        p.send_signal(signal.SIGINT)
        assert p.wait(20) == 130
        p.communicate()


def test_progress_on_a_terminal_is_erased_at_the_end():
    go = threading.Event()

    def script(conn):
        conn.send(
            accepted(conn.read(), 2),
            columns("1", "a"),
            rows("1", *[["x"]] * 1234),
        )
        go.wait(20)
        conn.send(done("1", count=1234), done("2", tag="OK", count=10), end())

    with FakeFanoutd(script) as server, Terminal() as terminal:
        p = start(
            server,
            "run",
            "-c",
            "SELECT 1; SELECT 2",
            "-q",
            stderr=terminal.slave,
        )
        terminal.started()
        terminal.read_until(r"0 of 2 done, 1,234 rows, \d+ ms")
        go.set()
        out = p.communicate(timeout=20)[0].decode()
        terminal.read_until("(?!)")
    assert p.returncode == 0
    assert terminal.seen.endswith("\r\033[K")
    assert "2 statements, 1,244 rows" in out and "\033" not in out


def test_an_error_never_lands_on_the_progress_line():
    go = threading.Event()

    def script(conn):
        conn.send(accepted(conn.read(), 2))
        go.wait(20)
        conn.send(
            done("1", status="error", error=error("no")), done("2"), end()
        )

    with FakeFanoutd(script) as server, Terminal() as terminal:
        p = start(
            server,
            "run",
            "-c",
            "SELECT 1; SELECT 2",
            stdout=terminal.slave,
            stderr=terminal.slave,
        )
        terminal.started()
        terminal.read_until("0 of 2 done")
        go.set()
        terminal.read_until("(?!)")
        assert p.wait(20) == 3
    # What a terminal shows: whatever stands before an erasure is gone.
    shown = re.sub(r"[^\n]*\r\033\[K", "", terminal.seen)
    assert shown.startswith("-- 1: SELECT 1 (error after 12 ms)\r\n")
    assert "\r\n1: ERROR:  no\r\n" in shown and "of 2 done" not in shown


def test_no_progress_where_standard_error_is_no_terminal():
    with FakeFanoutd(
        lambda conn: conn.send(accepted(conn.read(), 1), done("1"), end())
    ) as server:
        p = start(
            server, "run", "-c", "SELECT 1", "-q", stderr=subprocess.PIPE
        )
        assert p.communicate(timeout=20)[1] == b""


def test_csv_on_a_terminal_shows_control_characters():
    def script(conn):
        conn.send(
            accepted(conn.read(), 1),
            columns("1", "a"),
            rows("1", ["\x1b[2J\u009b1m\tx"]),
            done("1"),
            end(),
        )

    with FakeFanoutd(script) as server, Terminal() as terminal:
        p = start(
            server, "run", "-c", "SELECT 1", "--csv", stdout=terminal.slave
        )
        terminal.started()
        terminal.read_until("(?!)")
        p.communicate(timeout=20)
    assert terminal.seen == "a\r\n\\u001b[2J\\u009b1m\tx\r\n"
