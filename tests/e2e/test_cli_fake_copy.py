"""`fanout run --copy-data`: files become copy_data frames."""

import pytest

from cli import fanout, start
from fake_fanoutd import FakeFanoutd, accepted, done, end, error, started

TEXT = "".join(f"{i}\tcidade {i} ãé日\n" for i in range(20000))


def read_copy(conn, into):
    """Takes one frame of COPY data; true at the end of that statement's."""
    frame = conn.read()
    assert frame["type"] in ("copy_data", "copy_end"), frame
    into.setdefault(frame["id"], []).append(
        frame if frame["type"] == "copy_end" else frame["data"]
    )
    return frame["type"] == "copy_end"


def test_files_reach_their_statements_whole(folder):
    """Two at once; cut anywhere, but never within a character."""
    one, two = folder / "1.tsv", folder / "2.tsv"
    one.write_text(TEXT)
    two.write_text("x" + TEXT)
    got = {}

    def script(conn):
        request = conn.read()
        assert request["progress"] is True
        conn.send(accepted(request, 2), started("2"), started("1"))
        ends = read_copy(conn, got) + read_copy(conn, got)
        assert sorted(got) == ["1", "2"], "they do not take turns"
        while ends < 2:
            ends += read_copy(conn, got)
        conn.send(done("1", tag="COPY 1"), done("2", tag="COPY 2"), end())

    with FakeFanoutd(script) as server:
        r = fanout(
            server,
            "run",
            "-c",
            "COPY a FROM STDIN; COPY b FROM STDIN",
            "--copy-data",
            f"2={two}",
            "--copy-data",
            f"1={one}",
        )
    assert r.code == 0, r
    for number, text in (("1", TEXT), ("2", "x" + TEXT)):
        *data, last = got[number]
        assert "".join(data) == text and len(data) > 5
        assert "error" not in last


def test_nothing_is_sent_before_the_statement_runs(folder):
    file = folder / "1.tsv"
    file.write_text("1\n")
    got = {}

    def script(conn):
        conn.send(accepted(conn.read(), 1))
        conn.sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            conn.sock.recv(1)
        conn.sock.settimeout(20)
        conn.send(started("1"))
        while True:
            line = conn.sock.recv(65536)
            got["all"] = got.get("all", b"") + line
            if b"copy_end" in got["all"]:
                break
        conn.send(done("1", tag="COPY 1", count=1), end())

    with FakeFanoutd(script) as server:
        r = fanout(
            server,
            "run",
            "-c",
            "copy a from stdin",
            "--copy-data",
            f"1={file}",
        )
    assert r.code == 0


def test_from_standard_input():
    got = {}

    def script(conn):
        conn.send(accepted(conn.read(), 1), started("1"))
        while not read_copy(conn, got):
            pass
        conn.send(done("1"), end())

    with FakeFanoutd(script) as server:
        r = fanout(
            server,
            "run",
            "-c",
            "COPY a FROM STDIN",
            "--copy-data",
            "1=-",
            input="1\n2\n",
        )
    assert r.code == 0 and "".join(got["1"][:-1]) == "1\n2\n"


def test_a_slow_pipe_holds_nothing_else_up():
    """While nobody writes into the pipe, answers are printed."""

    def script(conn):
        conn.send(accepted(conn.read(), 2), started("1"), done("2", tag="OK"))
        while not read_copy(conn, {}):
            pass
        conn.send(done("1"), end())

    with FakeFanoutd(script) as server:
        p = start(
            server,
            "run",
            "-c",
            "COPY a FROM STDIN; SELECT 2",
            "--copy-data",
            "1=-",
            stdin=-1,
        )
        assert p.stdout.readline() == b"-- 2: SELECT 2 (12 ms)\n"
        p.communicate(b"", timeout=20)
    assert p.returncode == 0


def test_text_that_is_not_utf8_gives_the_copy_up(folder):
    file = folder / "1.tsv"
    file.write_bytes(b"1\n" * 50000 + b"\xe3")
    got = {}

    def script(conn):
        conn.send(accepted(conn.read(), 1), started("1"))
        while not read_copy(conn, got):
            pass
        conn.send(done("1", status="error", error=error("given up")), end())

    with FakeFanoutd(script) as server:
        r = fanout(
            server,
            "run",
            "-c",
            "COPY a FROM STDIN",
            "--copy-data",
            f"1={file}",
        )
    said = f"{file}: byte 100001 is not UTF-8"
    assert got["1"][-1]["error"] == said
    assert r.code == 1 and said in r.err


def test_a_statement_that_ended_is_fed_no_more(folder):
    """What was on its way still comes, then it is quiet."""
    file = folder / "1.tsv"
    file.write_text("x" * (64 << 20))
    seen = []

    def script(conn):
        conn.send(accepted(conn.read(), 2), started("1"))
        read_copy(conn, {})
        conn.send(done("1", status="error", error=error("no")))
        conn.sock.settimeout(0.5)
        try:
            while True:
                seen.append(len(conn.sock.recv(1 << 20)))
        except TimeoutError:
            pass
        conn.send(done("2"), end())

    with FakeFanoutd(script) as server:
        r = fanout(
            server,
            "run",
            "-q",
            "-c",
            "COPY a FROM STDIN; SELECT 2",
            "--copy-data",
            f"1={file}",
        )
    assert r.code == 3 and sum(seen) < 32 << 20


def test_a_missing_file_is_said_before_anything_runs():
    asked = []
    with FakeFanoutd(lambda conn: asked.append(conn.read())) as server:
        r = fanout(
            server,
            "run",
            "-c",
            "COPY a FROM STDIN",
            "--copy-data",
            "1=/nowhere",
        )
    assert r.code == 1 and "cannot read /nowhere" in r.err and not asked
