"""`fanout run` against a server that says what the test wants: what is asked,
the pictures and the trace."""

import json

from cli import environment, fanout, run_with
from fake_fanoutd import FakeFanoutd, accepted, done, end, error, started


def test_request_holds_what_was_given():
    r = run_with(
        [done("1"), end()],
        "-d",
        "brazil",
        "-c",
        "SELECT 1",
        "--want",
        "count",
        "--order=statement",
        "--dispatch",
        "serial",
        "--on-error",
        "cancel",
        "--until",
        "first",
        "-j",
        "3",
        "--timeout",
        "1500us",
        "--priority",
        "-2",
        "--types",
        "json",
        "-1",
        "--id",
        "mine",
    )
    assert r.request == {
        "type": "batch",
        "id": "mine",
        "db": "brazil",
        "sql": "SELECT 1",
        "want": "count",
        "order": "statement",
        "dispatch": "serial",
        "on_error": "cancel",
        "until": "first",
        "max_concurrency": 3,
        "timeout_ms": 2,
        "priority": -2,
        "types": "json",
        "transaction": True,
    }
    assert r.code == 0


def test_request_holds_nothing_else():
    r = run_with([done("1"), end()], "-c", "SELECT 1")
    assert set(r.request) == {"type", "id", "sql"}


def test_pieces_form_one_script_in_order(folder):
    file = folder / "b.sql"
    file.write_text("\ufeffSELECT 2 -- two")
    r = run_with(
        [done("1"), end()],
        "-c",
        "SELECT 1",
        "-f",
        str(file),
        "-",
        "-c",
        "SELECT 4;",
        input="SELECT 3;\n",
    )
    statements = [
        line for line in r.request["sql"].split("\n") if line not in ("", ";")
    ]
    assert statements == [
        "SELECT 1",
        "SELECT 2 -- two",
        "SELECT 3;",
        "SELECT 4;",
    ]
    # The comment must not swallow the semicolon that ends its statement.
    assert "-- two\n;" in r.request["sql"]


def test_stdin_is_read_without_c_and_f():
    r = run_with([done("1"), end()], input="SELECT 'ã'")
    assert r.request["sql"] == "SELECT 'ã'"


def test_lines_are_a_list():
    r = run_with(
        [done("1"), done("2"), end()],
        "--lines",
        statements=2,
        input="SELECT 1;\n\n  -- no\n  SELECT 2\r\n",
    )
    assert r.request["statements"] == [
        {"sql": "SELECT 1;"},
        {"sql": "SELECT 2"},
    ]


def test_params_go_with_each_statement():
    r = run_with(
        [done("1"), done("2"), end()],
        "--params",
        '["a", null]',
        "-c",
        "SELECT $1; ",
        "-c",
        "SELECT $2",
        statements=2,
    )
    assert [s["params"] for s in r.request["statements"]] == [["a", None]] * 2


def test_waterfall_shows_waiting_and_running():
    frames = [
        started("1"),
        done("1", count=1, conn=1, queue_us=0, exec_us=1_000_000),
        done("2", count=1200, conn=1, queue_us=1_000_000, exec_us=1_000_000),
        done(
            "3",
            status="not_sent",
            conn=None,
            queue_us=500_000,
            error=error("too late", "57014"),
        ),
        end(wall_us=2_000_000, exec_us=2_000_000),
    ]
    r = run_with(
        frames,
        "-q",
        "-c",
        "SELECT 1; SELECT 2; SELECT 3",
        "--waterfall",
        statements=3,
    )
    axis, one, three, two, closing = r.out.splitlines()[4:]
    assert all(len(line) <= 80 for line in (axis, one, two, three))
    assert axis.split() == [
        "id",
        "conn",
        "0",
        "500",
        "ms",
        "1.0",
        "s",
        "1.5",
        "s",
        "ran",
    ]
    full, light = one.count("█"), two.count("░")
    assert full > 15 and abs(full - light) <= 1
    assert two.count("█") in (full, full + 1) and "░" not in one
    # Bars begin where the axis begins.
    assert one.index("█") == two.index("░") == axis.index("0 ")
    assert "█" not in three and three.endswith("not_sent")
    assert two.endswith("1,200 rows")
    assert closing.endswith("1 not sent")
    assert r.code == 4


def test_waterfall_of_many_is_by_connection():
    n = 100
    frames = [
        done(
            str(i + 1),
            conn=1 + i % 2,
            queue_us=i // 2 * 10_000,
            exec_us=10_000 if i % 2 else 5_000,
        )
        for i in range(n)
    ]
    r = run_with(
        frames + [end(wall_us=500_000)],
        "-q",
        "--waterfall",
        "-c",
        "SELECT 1;" * n,
        statements=n,
    )
    one, two, _ = r.out.splitlines()[-3:]
    assert "50 %" in one and one.endswith("50 statements")
    assert "100 %" in two and two.count("█") > 40
    assert "▄" in one and "█" not in one


def test_waterfall_fits_a_narrow_terminal():
    with FakeFanoutd(
        lambda conn: conn.send(
            accepted(conn.read(), 1), done("1", count=1), end()
        )
    ) as server:
        env = environment()
        env["COLUMNS"] = "50"
        r = fanout(
            server, "run", "-q", "-c", "SELECT 1", "--waterfall", env=env
        )
    assert max(map(len, r.out.splitlines()[2:])) <= 50


def test_trace_is_what_perfetto_reads(folder):
    path = folder / "t.json"
    frames = [
        done("1", conn=4, queue_us=1000, exec_us=2000, count=7),
        done("2", status="skipped", conn=None, queue_us=0),
        end(),
    ]
    run_with(
        frames,
        "-c",
        "SELECT 'ã'; SELECT 2",
        "--trace",
        str(path),
        statements=2,
    )
    events = [
        e
        for e in json.loads(path.read_text())["traceEvents"]
        if e["ph"] == "X"
    ]
    assert [(e["cat"], e["tid"], e["ts"], e["dur"]) for e in events] == [
        ("queue", 1, 0, 1000),
        ("exec", 4, 1000, 2000),
    ]
    assert events[1]["args"] == {
        "id": "1",
        "status": "ok",
        "count": 7,
        "sql": "SELECT 'ã'",
    }


def test_over_a_unix_socket(folder):
    path = str(folder / "s")
    with FakeFanoutd(
        lambda conn: conn.send(accepted(conn.read(), 1), done("1"), end()),
        path,
    ) as server:
        assert fanout(server, "run", "-c", "SELECT 1").code == 0
