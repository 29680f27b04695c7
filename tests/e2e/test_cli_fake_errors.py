"""`fanout run` when things go wrong: what is shown, and the exit codes."""

import json
import re
import subprocess

import pytest

from cli import FANOUT, check, environment, fanout, run_with, start
from fake_fanoutd import FakeFanoutd, accepted, columns, done, end, error, rows


def failed(number, message="no", sqlstate="42601", status="error", **fields):
    return done(
        number, status=status, error=error(message, sqlstate, **fields)
    )


def test_error_is_shown_as_psql_does():
    sql = "SELECT 1;\nSELECT *\tFROM nope;\nSELECT 3"
    e = failed(
        "2",
        'relation "nope" does not exist',
        "42P01",
        position=sql.index("nope") + 1,
        detail="It never did.",
        hint="Create it.",
        where="a function",
    )
    r = run_with(
        [done("1"), e, done("3"), end()], "-c", sql, "-q", statements=3
    )
    assert r.err == (
        '2: ERROR:  relation "nope" does not exist\n'
        "LINE 2: SELECT * FROM nope;\n"
        "                      ^\n"
        "DETAIL:  It never did.\n"
        "HINT:  Create it.\n"
        "CONTEXT:  a function\n"
    )
    assert r.code == 3


def test_error_names_the_file_and_its_own_line(folder):
    one, two = folder / "one.sql", folder / "two.sql"
    one.write_text("SELECT 1\n")
    two.write_text("SELECT\n  ã, x")
    where = {}

    def script(conn):
        request = conn.read()
        where["at"] = request["sql"].index("x") + 1
        conn.send(
            accepted(request, 2),
            done("1"),
            failed("2", "no x", position=where["at"]),
            end(),
        )

    with FakeFanoutd(script) as server:
        r = fanout(server, "run", "-q", "-f", str(one), "-f", str(two))
    assert r.err == f"2: {two}:2: ERROR:  no x\nLINE 2:   ã, x\n" + (
        " " * 13 + "^\n"
    )


@pytest.mark.parametrize("before, after", [(300, 300), (0, 300), (300, 0)])
def test_long_line_is_cut_around_the_mark(before, after):
    sql = "日" * before + "X" + "é" * after
    r = run_with([failed("1", position=before + 1), end()], "-c", sql, "-q")
    _, line, mark = r.err.splitlines()
    width = [2 if c == "日" else 1 for c in line]
    assert sum(width) <= 80
    assert sum(width[: line.index("X")]) == mark.index("^")
    assert line.startswith("LINE 1: ...") == (before > 0)
    assert line.endswith("...") == (after > 0)


def test_position_past_the_text_shows_no_line():
    r = run_with([failed("1", position=999), end()], "-c", "SELECT", "-q")
    assert r.err == "ERROR:  no\n"


def test_position_in_a_list_counts_from_its_statement():
    r = run_with(
        [done("1"), failed("2", position=8), end()],
        "--lines",
        "-q",
        input="SELECT 1\n\nSELECT x\n",
        statements=2,
    )
    assert "LINE 3: SELECT x\n               ^\n" in r.err


HOSTILE = "\x1b]0;owned\x07\x9b31m\r"
SHOWN = "\\u001b]0;owned\\u0007\\u009b31m\\r"


def test_hostile_server_cannot_drive_the_terminal():
    frames = [
        columns("1", HOSTILE),
        rows("1", [HOSTILE]),
        {
            "type": "notice",
            "batch": "b",
            "id": "1",
            "severity": HOSTILE,
            "message": HOSTILE,
        },
        done("1", tag="SELECT 1"),
        done("2", tag=HOSTILE),
        failed("3", HOSTILE, hint=HOSTILE),
        end(transaction=HOSTILE),
    ]
    r = run_with(frames, "-c", "SELECT 1; SELECT 2; SELECT 3", statements=3)
    for text in (r.out, r.err):
        assert SHOWN in text
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_notice_is_shown():
    notice = {
        "type": "notice",
        "batch": "b",
        "id": "1",
        "severity": "NOTICE",
        "message": "hello",
    }
    r = run_with([notice, done("1"), end()], "-c", "SELECT 1", "-q")
    assert r.err == "NOTICE:  hello\n"


@pytest.mark.parametrize(
    "frames, code",
    [
        ([done("1"), done("2")], 0),
        ([done("1"), failed("2")], 3),
        ([done("1"), failed("2", status="unknown", sqlstate="08006")], 3),
        ([done("1"), failed("2", status="cancelled", sqlstate="57014")], 4),
        ([done("1"), failed("2", status="not_sent", sqlstate="57014")], 4),
        ([done("1"), failed("2", status="not_sent", sqlstate="08001")], 3),
        ([failed("1", status="cancelled", sqlstate="57014"), failed("2")], 3),
        (
            [
                failed("1", status="cancelled", sqlstate="57014"),
                done("2", status="skipped", conn=None),
            ],
            4,
        ),
        ([done("1"), done("2", status="skipped", conn=None)], 3),
        ([done("1")], 3),
    ],
)
def test_exit_codes(frames, code):
    r = run_with(
        [*frames, end()], "-q", "-c", "SELECT 1; SELECT 2", statements=2
    )
    assert r.code == code


def test_the_first_is_enough_where_it_was_asked_for():
    frames = [
        done("1"),
        failed("2", status="cancelled", sqlstate="57014"),
        end(),
    ]
    r = run_with(
        frames,
        "-q",
        "-c",
        "SELECT 1; SELECT 2",
        "--until",
        "first",
        statements=2,
    )
    assert (r.code, r.err) == (0, "")


def test_transaction_of_unknown_fate_is_no_success():
    r = run_with([done("1"), end(transaction="unknown")], "-1", "-c", "x")
    assert r.code == 3 and "transaction unknown" in r.out


def test_rejected_batch():
    def script(conn):
        request = conn.read()
        conn.send(
            {
                "type": "rejected",
                "batch": request["id"],
                "error": error('no database "x"', "3D000", "proxy"),
            }
        )

    with FakeFanoutd(script) as server:
        r = fanout(server, "run", "-d", "x", "-c", "SELECT 1", "--json")
    assert (r.code, r.out) == (3, "")
    assert r.err == 'ERROR:  no database "x"\n'


def test_refusal_is_read_though_the_server_took_not_everything():
    """A batch over max_line: the server answers and closes while the client
    still sends."""

    def script(conn):
        conn.sock.recv(100)
        conn.send(
            {
                "type": "error",
                "error": error("over max_line", "54000", "proxy"),
            }
        )
        conn.sock.shutdown(1)
        while conn.sock.recv(1 << 20):
            pass

    with FakeFanoutd(script) as server:
        r = fanout(server, "run", input="SELECT '" + "x" * (9 << 20) + "'")
    assert (r.code, r.err) == (3, "ERROR:  over max_line\n")


def test_lost_connection_says_how_far_it_was():
    for ending in ("close", "reset"):

        def script(conn):
            conn.send(
                accepted(conn.read(), 3),
                columns("2", "a"),
                rows("2", ["x"]),
                done("1", tag="OK"),
            )
            # Reading on makes sure that the frames were not thrown away.
            if ending == "reset":
                conn.sock.settimeout(0.3)
                try:
                    conn.read()
                except OSError:
                    pass
            getattr(conn, ending)()

        with FakeFanoutd(script) as server:
            r = fanout(server, "run", "-c", "SELECT 1; SELECT 2; SELECT 3")
        assert r.code == 2
        assert "connection to the server was lost" in r.err
        assert "1 of 3 statements had a verdict" in r.err
        assert "x" not in r.out


def test_json_stays_whole_when_the_connection_is_lost():
    def script(conn):
        conn.send(
            accepted(conn.read(), 1), columns("1", "a"), rows("1", ["x"])
        )

    with FakeFanoutd(script) as server:
        r = fanout(server, "run", "-c", "SELECT 1", "--json")
    (answer,) = json.loads(r.out)
    assert (answer["status"], answer["rows"]) == ("unknown", [{"a": "x"}])
    assert r.code == 2


def test_nobody_listens(folder):
    class Nowhere:
        host, port = folder / "s", None

    r = fanout(Nowhere, "run", "-c", "SELECT 1")
    assert r.code == 2
    assert r.err.startswith(f"fanout: cannot connect to {folder}/s: ")


@pytest.mark.parametrize(
    "junk",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"{}\n",
        b"[]\n",
        b'{"type":"rows"\n',
        b'{"type":"done","id":"1","status":"\xff"}\n',
        b"\n",
        b"{" * 9999 + b"\n",
        b'{"type":"rows","id":"1","rows":[[[' + b"[" * 9999 + b"\n",
        b'{"type":"rows","id":"1","rows":[1]}\n',
        b'{"type":"rows","id":"1","rows":[["too","many"]]}\n',
        b'{"type":"rows","id":"1"}\n',
        b'{"type":"columns","id":"1"}\n',
        b'{"type":"columns","id":"1","columns":[]}\n',
        b'{"type":"copy","id":"1","data":"x"}\n',
        b'{"type":"done","id":"1","status":"ok"}\n'
        b'{"type":"done","id":"1","status":"ok"}\n',
    ],
)
@pytest.mark.parametrize("form", ["aligned", "csv", "json"])
def test_nonsense_is_refused_not_believed(junk, form):
    def script(conn):
        conn.send(accepted(conn.read(), 2), columns("1", "a"))
        conn.raw(junk)
        conn.read()

    with FakeFanoutd(script) as server:
        r = fanout(server, "run", "-c", "SELECT 1; SELECT 2", "--format", form)
    assert r.code == 2
    assert re.search("does not speak|the server (sent|mixed|went)", r.err)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_mixed_answers_where_order_was_asked_for(form):
    """They would be mixed on standard output, too."""
    frames = [columns("1", "a"), columns("2", "b"), rows("1", ["x"])]
    r = run_with(
        frames,
        "-c",
        "SELECT 1; SELECT 2",
        "--order",
        "statement",
        "--format",
        form,
        statements=2,
    )
    assert r.code == 2 and "mixed up" in r.err


def test_unknown_frames_and_fields_are_passed_over():
    frames = [
        {"type": "weather", "batch": "b", "id": "1"},
        {"type": "done", "batch": "b", "id": "nine", "status": "ok"},
        {"type": "notice", "batch": "b"},
        dict(done("1", tag="OK"), colour="blue"),
        end(),
    ]
    r = run_with(frames, "-c", "SELECT 1")
    assert r.code == 0 and r.out.startswith("OK\n")


def test_closed_pipe_ends_it_quietly_and_cancels():
    def script(conn):
        request = conn.read()
        conn.send(accepted(request, 1), columns("1", "a"))
        try:
            while True:
                conn.send(rows("1", *[["x" * 100]] * 500))
        except OSError:
            pass

    with FakeFanoutd(script) as server:
        p = start(server, "run", "-c", "SELECT 1", "--csv")
        assert p.stdout.readline() == b"a\n"
        p.stdout.close()
        err = p.stderr.read().decode()
        assert p.wait(20) == 141
    assert err == ""


def test_full_disk_is_said():
    with FakeFanoutd(
        lambda conn: conn.send(
            accepted(conn.read(), 1),
            columns("1", "a"),
            rows("1", ["x"]),
            done("1"),
            end(),
        )
        or conn.read()
    ) as server:
        with open("/dev/full", "w") as full:
            p = start(server, "run", "-c", "SELECT 1", "--csv", stdout=full)
            err = p.communicate(timeout=20)[1].decode()
    check(err)
    assert "cannot write to standard output: No space left" in err
    assert p.returncode == 1


@pytest.mark.parametrize(
    "args, said",
    [
        (["run", "--frmat", "csv"], 'did you mean "--format"?'),
        (["run", "--format=cvs"], 'did you mean "csv"?'),
        (["rnu"], 'did you mean "run"?'),
        (["run", "-Z"], 'unknown option "-Z"'),
        (["run", "--timeout", "5"], "has no unit"),
        (["run", "-j", "0"], "out of range"),
        (["run", "-j", "x"], "not a whole number"),
        (["run", "-c"], "--command wants a value (SQL)"),
        (["run", "--lines=yes"], "takes no value"),
        (["run", "x.sql"], "SQL is given with -c"),
        (["run", "--params", "{}", "-c", "x"], "not a JSON list"),
        (["run", "--copy-data", "x", "-c", "x"], "is not ID=FILE"),
        (["run", "-f", "/nowhere/x.sql"], "cannot read /nowhere/x.sql"),
        (["run", "-c", "COPY t FROM STDIN"], "--copy-data 1=FILE"),
        (["run", "-", "--copy-data", "1=-"], "cannot be both"),
        (
            ["run", "-c", "x", "--trace", "/nowhere/t"],
            "cannot write /nowhere/t",
        ),
        (["show"], "show wants WHAT"),
        (["show", "a", "b"], "one word too many"),
        (["ping", "--csv"], "--csv is not for ping"),
        (["-p", "99999", "ping"], "not a port number"),
        ([], "a command is missing"),
    ],
)
def test_usage_errors_are_exit_1(args, said):
    p = subprocess.run(
        [FANOUT, *args],
        capture_output=True,
        text=True,
        input="",
        env=environment(),
        timeout=20,
    )
    check(p.stderr)
    assert p.returncode == 1
    assert said in p.stderr and p.stdout == ""


def test_bytes_that_are_no_text_are_refused(folder):
    file = folder / "x.sql"
    file.write_bytes(b"SELECT 1;\nSELECT '\xff'")
    p = subprocess.run(
        [FANOUT, "run", "-f", file],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=20,
    )
    assert (p.returncode, p.stderr) == (
        1,
        f"fanout: {file}: line 2: not UTF-8\n",
    )


def test_help_is_there_for_all():
    for args in (
        [],
        ["run"],
        ["show"],
        ["ping"],
        ["cancel"],
        ["reload"],
        ["hello"],
    ):
        p = subprocess.run(
            [FANOUT, *args, "--help"],
            capture_output=True,
            text=True,
            env=environment(),
            timeout=20,
        )
        assert (p.returncode, p.stderr) == (0, "")
        assert p.stdout.startswith(" ".join(["Usage: fanout", *args]))
        assert max(map(len, p.stdout.splitlines())) <= 80
