"""Starting, refusing to start, checking a config and reloading it."""

import signal
import subprocess

import pytest

from daemon import ENVIRONMENT, FANOUTD
from sql import wait_until


def run(*args, **env):
    """Runs fanoutd to its end: (status, everything it said)."""
    done = subprocess.run(
        [str(FANOUTD), *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=20,
        env={**ENVIRONMENT, **env},
    )
    return done.returncode, done.stdout


@pytest.fixture
def write(folder):
    def write(text):
        path = folder / "some.ini"
        path.write_text(text)
        return path

    return write


GOOD = """
[fanoutd]
listen = 127.0.0.1:1
[database main]
engine = sqlite
path = main.db
"""

BAD = """[fanoutd]
max_lines = 16MB
client_buffer = 4 parsecs
shutdown_timeout = 30
[database main]
engine = sqlite
path = x.db
pool_size = 0
[databsae other]
"""


def test_check_accepts_a_good_config(write):
    status, said = run("-c", write(GOOD), "-t")
    assert status == 0, said


def test_all_errors_at_once_with_file_and_line(write):
    path = write(BAD)
    status, said = run("-c", path, "-t")
    assert status != 0
    for line in (2, 3, 4, 8, 9):
        assert f"{path}:{line}:" in said or f"some.ini:{line}:" in said, said
    assert "max_line" in said and "did you mean" in said


def test_it_does_not_start_with_a_bad_config(write):
    path = write(BAD)
    status, said = run("-c", path)
    assert status != 0
    assert "some.ini:2:" in said and "some.ini:9:" in said


def test_a_file_that_is_not_there(folder):
    status, said = run("-c", folder / "nothing.ini")
    assert status != 0
    assert "nothing.ini" in said


def test_only_loopback_is_listened_to(write):
    path = write(GOOD.replace("127.0.0.1:1", "0.0.0.0:7432"))
    status, said = run("-c", path)
    assert status != 0
    assert "0.0.0.0" in said and "some.ini:3:" in said


def test_an_engine_without_its_address(write):
    status, said = run("-c", write("[database x]\nengine = postgres\n"), "-t")
    assert status != 0
    assert "conninfo" in said


def test_a_bad_conninfo_is_refused_without_showing_it(write):
    text = "[database x]\nengine = postgres\n"
    path = write(text + "conninfo = hots=db password=not-for-eyes\n")
    status, said = run("-c", path, "-t")
    assert status != 0
    assert "not-for-eyes" not in said


def test_set_on_the_command_line(write):
    path = write(GOOD)
    assert run("-c", path, "--set", "fanoutd.max_line=1MB", "-t")[0] == 0
    status, said = run("-c", path, "--set", "fanoutd.max_lien=1MB", "-t")
    assert status != 0
    assert "max_line" in said


def test_environment(write):
    path = write(GOOD)
    assert run("-c", path, "-t", FANOUT_DATABASE_MAIN_POOL_SIZE="3")[0] == 0
    status, said = run("-c", path, "-t", FANOUT_DATABASE_MAIN_POOL_SIZE="no")
    assert status != 0
    assert "FANOUT_DATABASE_MAIN_POOL_SIZE" in said


@pytest.mark.parametrize("args", [["--nonsense"], ["-c"], ["-t", "extra"]])
def test_a_bad_command_line(args):
    status, said = run(*args)
    assert status not in (0, -6, -11)
    assert said


# Sockets


def test_a_stale_unix_socket_is_replaced(daemon_sqlite):
    d = daemon_sqlite
    d.process.kill()
    d.process.wait()
    assert d.socket_path.exists(), "a killed daemon leaves it"
    d.start()
    assert d.connect(unix=True).ping()


def test_a_live_unix_socket_is_not(daemon_sqlite, write):
    listen = f"unix:{daemon_sqlite.socket_path}"
    path = write(GOOD.replace("127.0.0.1:1", listen))
    status, said = run("-c", path)
    assert status != 0
    assert str(daemon_sqlite.socket_path) in said
    assert daemon_sqlite.connect(unix=True).ping()


def test_a_file_in_the_sockets_place_is_not(folder, write):
    precious = folder / "precious"
    precious.write_text("data")
    path = write(GOOD.replace("127.0.0.1:1", f"unix:{precious}"))
    status, said = run("-c", path)
    assert status != 0
    assert precious.read_text() == "data"


def test_a_port_that_is_taken(daemon_sqlite, write):
    port = daemon_sqlite.port
    status, said = run("-c", write(GOOD.replace(".1:1", f".1:{port}")))
    assert status != 0
    assert str(port) in said


# Reload


def change(daemon, section="database main", **keys):
    sections = {name: dict(own) for name, own in daemon.sections.items()}
    sections.setdefault(section, {}).update(keys)
    daemon.write_config(sections)


def setting(client, key):
    rows = client.show("config")
    return [r["value"] for r in rows if r["key"] == key][0]


def test_sighup(daemon, client):
    change(daemon, pool_size=3, query_timeout="7s")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: setting(client, "pool_size") == "3")
    assert setting(client, "query_timeout") == "7s"


def test_reload_says_what_changed(daemon, client):
    change(daemon, pool_size=3)
    answer = client.ask(type="reload")
    assert answer["type"] == "reloaded"
    (line,) = answer["changes"]
    assert "pool_size" in line and "10" in line and "3" in line
    assert setting(client, "pool_size") == "3"


def test_reload_of_the_same_says_so(client):
    assert client.ask(type="reload") == {"type": "reloaded", "changes": []}


def test_reload_says_what_needs_a_restart(daemon, client):
    change(daemon, section="fanoutd", workers=1, listen="127.0.0.1:1")
    answer = client.ask(type="reload")
    assert answer["type"] == "reloaded"
    assert any(
        "listen" in c and "needs a restart" in c for c in answer["changes"]
    )
    assert daemon.connect().ping(), "the old listener serves on"


def test_a_bad_file_changes_nothing(daemon, client):
    change(daemon, pool_size=3, query_timeout="soon", pool_sise=4)
    answer = client.ask(type="reload")
    assert answer["type"] == "error"
    message = answer["error"]["message"]
    assert "query_timeout" in message and "pool_sise" in message
    assert "fanoutd.ini:" in message
    assert setting(client, "pool_size") == "10"
    assert client.batch("SELECT 1").status() == ["ok"]


def test_a_bad_file_by_sighup_is_said_on_stderr(daemon_sqlite, client_sqlite):
    change(daemon_sqlite, pool_size="many")
    daemon_sqlite.signal(signal.SIGHUP)
    wait_until(lambda: "pool_size" in daemon_sqlite.stderr())
    assert setting(client_sqlite, "pool_size") == "10"


def test_a_database_is_added(daemon_sqlite, client_sqlite):
    path = daemon_sqlite.folder / "new.db"
    change(daemon_sqlite, "database new", engine="sqlite", path=path)
    assert client_sqlite.ask(type="reload")["type"] == "reloaded"
    if any(r["name"] == "new" for r in client_sqlite.show("databases")):
        b = client_sqlite.batch("SELECT 1", db="new")
        assert b.status() == ["ok"]


def test_reload_during_a_batch(fanoutd):
    d = fanoutd("postgres", pool_size=4)
    c = d.connect()
    batch = c.send_batch("SELECT pg_sleep(0.1);" * 12)
    c.wait_for("accepted")
    change(d, pool_size=1)
    c.send({"type": "reload"})
    assert c.wait_for("reloaded")["changes"]
    assert c.collect(batch).status() == ["ok"] * 12
    wait_until(lambda: d.place.connections() <= 1)
