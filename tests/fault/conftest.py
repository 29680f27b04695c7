"""The stage of the fault tests: that of tests/e2e, plus a PostgreSQL of
their own that may be killed, and a proxy in front of one."""

import importlib.util
import pathlib
import shutil
import sys
import tempfile

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "fault")]

spec = importlib.util.spec_from_file_location(
    "e2e_stage", TESTS / "e2e" / "conftest.py"
)
stage = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stage)
pytest_configure = stage.pytest_configure
bounded, pg, folder, fanoutd = (
    stage.bounded,
    stage.pg,
    stage.folder,
    stage.fanoutd,
)

from delay_proxy import DelayProxy  # noqa: E402
from mortal_pg import MortalPg  # noqa: E402
from sql import wait_until  # noqa: E402


@pytest.fixture
def proxy(pg):
    """Stands in front of the shared server."""
    with DelayProxy(pg.conninfo) as made:
        yield made


@pytest.fixture(scope="module")
def mortal_server():
    home = tempfile.mkdtemp(prefix="fanout-pg-")
    server = MortalPg(pathlib.Path(home) / "pg")
    yield server
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def mortal(mortal_server):
    """A server of this module's own; it is well again after each test."""
    yield mortal_server
    mortal_server.heal()


@pytest.fixture
def places():
    """Where daemons worked: once those have ended, nothing of them may run
    on at the server."""
    made = []
    yield made
    for place in made:
        wait_until(lambda: place.connections() == 0, 30, "the sessions' end")


@pytest.fixture
def serve(places, fanoutd):
    """serve(server, by=proxy, pool_size=1): a daemon whose default database,
    "pg", is a schema of that server, maybe by way of a proxy. Its "main" is
    on SQLite, and no fault may touch it."""

    def start(server, by=None, daemon=None, more=None, **keys):
        place = server.schema()
        places.append(place)
        conninfo = place.conninfo
        if by:
            conninfo = by.instead_of(conninfo)
        own = {"engine": "postgres", "conninfo": conninfo, **keys}
        d = fanoutd(
            "sqlite",
            daemon={"default_database": "pg", **(daemon or {})},
            more={"database pg": own, **(more or {})},
        )
        d.place = place
        return d

    return start
