"""show, ping, cancel, reload and hello against a server that says what the
test wants."""

import json
import subprocess

import pytest

from cli import FANOUT, environment, fanout
from fake_fanoutd import FakeFanoutd, error

POOLS = {
    "type": "table",
    "what": "pools",
    "columns": ["database", "sv_active", "note"],
    "rows": [["brazil", 12, None], ["x\x1b", 3, "a,b"]],
}


def ask(answer, *args):
    """The client's question and what it made of the answer."""
    asked = []

    def script(conn):
        asked.append(conn.read())
        conn.send(answer)

    with FakeFanoutd(script) as server:
        return asked, fanout(server, *args)


@pytest.mark.parametrize(
    "form, out",
    [
        (
            "aligned",
            " database | sv_active | note \n"
            "----------+-----------+------\n"
            " brazil   |        12 | \n"
            " x\\u001b  |         3 | a,b\n"
            "(2 rows)\n\n",
        ),
        ("csv", 'database,sv_active,note\nbrazil,12,\nx\x1b,3,"a,b"\n'),
        (
            "ndjson",
            '{"database":"brazil","sv_active":12,"note":null}\n'
            '{"database":"x\\u001b","sv_active":3,"note":"a,b"}\n',
        ),
    ],
)
def test_show(form, out):
    asked, r = ask(POOLS, "show", "pools", "--format", form)
    assert asked == [{"type": "show", "what": "pools"}]
    assert (r.code, r.out, r.err) == (0, out, "")


def test_show_as_json_is_a_list_of_objects():
    _, r = ask(POOLS, "show", "pools", "--json")
    assert json.loads(r.out)[0] == {
        "database": "brazil",
        "sv_active": 12,
        "note": None,
    }
    _, r = ask(dict(POOLS, rows=[]), "show", "pools", "--json")
    assert json.loads(r.out) == []


def test_show_of_what_is_not_there():
    _, r = ask(
        {"type": "error", "error": error('cannot show "x"')}, "show", "x"
    )
    assert (r.code, r.out, r.err) == (3, "", 'ERROR:  cannot show "x"\n')


def test_ping():
    asked, r = ask({"type": "pong"}, "ping")
    assert asked == [{"type": "ping"}]
    assert r.code == 0 and "pong after" in r.out


@pytest.mark.parametrize(
    "answer",
    [{"type": "error", "error": error("max_client_conn")}, ["nonsense"]],
)
def test_ping_with_a_bad_answer(answer):
    _, r = ask(answer, "ping")
    assert r.code == 1 and r.err and not r.out


def test_ping_without_an_answer_in_time():
    """Neither silence nor talk about something else counts."""

    def silent(conn):
        conn.read()
        conn.read()

    def chatty(conn):
        try:
            while True:
                conn.send({"type": "notice"})
        except OSError:
            pass

    for script in (silent, chatty):
        with FakeFanoutd(script) as server:
            r = fanout(server, "ping", "--timeout", "200ms")
        assert r.code == 1 and "no answer in time" in r.err


def test_ping_of_nobody(folder):
    class Nowhere:
        host, port = folder / "s", None

    r = fanout(Nowhere, "ping")
    assert r.code == 2 and "cannot connect" in r.err


def test_cancel():
    asked, r = ask(
        {"type": "cancelling", "batch": "b", "client": 17, "statements": 3},
        "cancel",
        "b",
        "2",
        "--client",
        "17",
    )
    assert asked == [{"type": "cancel", "batch": "b", "id": "2", "client": 17}]
    assert (r.code, r.out) == (0, "cancelling 3 statements of batch b\n")


def test_cancel_of_nothing():
    asked, r = ask(
        {"type": "error", "error": error('no batch "b"')}, "cancel", "b"
    )
    assert asked == [{"type": "cancel", "batch": "b"}]
    assert (r.code, r.err) == (3, 'ERROR:  no batch "b"\n')


def test_reload_says_what_changed():
    changes = ["database brazil: pool_size 10 -> 20", "x\x1b"]
    asked, r = ask({"type": "reloaded", "changes": changes}, "reload")
    assert asked == [{"type": "reload"}]
    assert (r.code, r.out) == (0, changes[0] + "\nx\\u001b\n")
    _, r = ask({"type": "reloaded", "changes": []}, "reload")
    assert r.out == "reloaded, nothing changed\n"


def test_reload_refused_says_everything_that_is_wrong():
    wrong = "x.ini:1: unknown key\nx.ini:7: unknown section"
    _, r = ask({"type": "error", "error": error(wrong)}, "reload")
    assert (r.code, r.err) == (3, f"ERROR:  {wrong}\n")


def test_hello():
    _, r = ask(
        {
            "type": "hello",
            "protocol": 1,
            "version": "0.1.0",
            "limits": {"max_line": 16},
            "databases": [{"name": "brazil", "engine": "sqlite"}, "other"],
        },
        "hello",
        "--csv",
    )
    assert r.code == 0
    assert r.out == (
        "name,value\nprotocol,1\nversion,0.1.0\n"
        "limits.max_line,16\ndatabases.brazil.engine,sqlite\n"
        "databases,other\n"
    )


def test_environment_gives_the_defaults(folder):
    """FANOUT_HOST, else the socket that is there; -h goes first."""
    asked = []

    def script(conn):
        asked.append(conn.read())
        conn.send({"type": "pong"})

    (folder / "run").mkdir()
    with FakeFanoutd(script, str(folder / "run/fanout.sock")) as server:

        def ping(*args, **env):
            return subprocess.run(
                [FANOUT, "ping", *args],
                text=True,
                capture_output=True,
                timeout=20,
                env=environment(**env),
            )

        assert ping(FANOUT_HOST=server.host).returncode == 0
        assert ping(XDG_RUNTIME_DIR=str(folder / "run")).returncode == 0
        assert (
            ping(
                "-h", str(folder / "none"), FANOUT_HOST=server.host
            ).returncode
            == 2
        )
    assert len(asked) == 2
