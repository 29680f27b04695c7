"""The stage of every end-to-end test: a real daemon, a real PostgreSQL and
real SQLite files, each in folders that vanish afterwards.

    FANOUT_BUILD  the folder with fanoutd (default: build)
    FANOUT_UNDER  a command to run it under, such as valgrind
"""

import pathlib
import shutil
import signal
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import daemon as daemons  # noqa: E402
from pg_server import PgServer  # noqa: E402

ENGINES = ("sqlite", "postgres")
BOUND = 60


def pytest_configure(config):
    if not daemons.FANOUTD.exists():
        pytest.exit(f"no {daemons.FANOUTD}: run make, or set FANOUT_BUILD")
    config.addinivalue_line(
        "markers", f"bound(seconds): fails after so long (default {BOUND})"
    )


@pytest.fixture(autouse=True)
def bounded(request):
    """No test hangs: past its bound it fails where it stands."""
    marker = request.node.get_closest_marker("bound")
    seconds = marker.args[0] if marker else BOUND
    if daemons.sanitized():
        seconds *= 4

    def on_alarm(*_):
        pytest.fail(f"not finished after {seconds} s")

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def pg():
    """A private PostgreSQL, started when a test first asks for it."""
    folder = tempfile.mkdtemp(prefix="fanout-pg-")
    server = PgServer(pathlib.Path(folder) / "pg")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def folder():
    """A short path: a Unix socket's has room for about 100 bytes."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="fanout-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def fanoutd(request, folder):
    """fanoutd("sqlite", pool_size=1): starts one that serves a database
    "main" with these keys. Keys of [fanoutd] go into `daemon`, whole other
    sections into `more`."""
    started, places = [], []

    def start(engine="sqlite", daemon=None, more=None, **keys):
        home = folder / str(len(started))
        home.mkdir()
        own = {"engine": engine}
        place = None
        if engine == "postgres":
            place = request.getfixturevalue("pg").schema()
            places.append(place)
            own["conninfo"] = place.conninfo
        else:
            own["path"] = home / "main.db"
        own.update(keys)
        sections = {"fanoutd": daemon or {}, "database main": own}
        made = daemons.Daemon(home, {**sections, **(more or {})})
        made.place = place
        started.append(made)
        return made

    yield start
    try:
        for made in started:
            made.stop()
    finally:
        for made in started:
            made.process.kill()
        for place in places:
            place.drop()


@pytest.fixture(scope="session")
def shared():
    """One on SQLite for all tests that store nothing and break nothing."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="fanout-"))
    own = {"engine": "sqlite", "path": home / "main.db"}
    made = daemons.Daemon(home, {"database main": own})
    yield made
    made.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def client_shared(shared):
    with shared.connect() as client:
        yield client


@pytest.fixture
def daemon_sqlite(fanoutd):
    return fanoutd("sqlite")


@pytest.fixture
def daemon_pg(fanoutd):
    return fanoutd("postgres")


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def daemon(fanoutd, engine):
    """One of either engine: the test runs on both."""
    return fanoutd(engine)


@pytest.fixture
def client(daemon):
    return daemon.connect()


@pytest.fixture
def client_pg(daemon_pg):
    return daemon_pg.connect()


@pytest.fixture
def client_sqlite(daemon_sqlite):
    return daemon_sqlite.connect()
