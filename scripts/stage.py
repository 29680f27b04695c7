"""A daemon on a database of its own in a temporary folder, for the demo and
the benchmarks; nothing of it is left afterwards."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
START_TIMEOUT = 30

CONFIG = """\
[fanoutd]
listen = unix:{socket}
log_level = warning

[database brazil]
{engine}
pool_size = 4
"""


class StageError(Exception):
    """What the user is told instead of a traceback."""


def run(command, **options):
    """A finished command's output; its failure ends the demo."""
    done = subprocess.run([str(c) for c in command], text=True,
                          stdout=subprocess.PIPE, **options)
    if done.returncode != 0:
        raise StageError((done.stderr or done.stdout or "").strip()
                        or f"{command[0]} failed ({done.returncode})")
    return done.stdout


@contextlib.contextmanager
def temporary_folder():
    """Short, since a Unix socket's path has room for 107 bytes."""
    long = len(tempfile.gettempdir()) > 60
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fanout-demo-",
                                           dir="/tmp" if long else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def private_postgres(folder):
    """Its conninfo; the server is gone afterwards."""
    tool = ROOT / "tests/support/pg_private"
    try:
        out = run([tool, "start", folder / "pg"], stderr=subprocess.PIPE)
        yield out.strip().splitlines()[-1]
    finally:
        subprocess.run([str(tool), "stop", str(folder / "pg")],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def fanoutd(build, folder, engine):
    """The path of its socket, once it answers."""
    socket, config = folder / "fanout.sock", folder / "fanoutd.ini"
    config.write_text(CONFIG.format(socket=socket, engine=engine))
    # In a session of its own, Ctrl-C is for the demo alone to handle; and it
    # ends with the demo, whatever ends that.
    with open(folder / "log", "w+") as log, subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", build / "fanoutd",
             "-c", config],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
            env={k: v for k, v in os.environ.items()
                 if not k.startswith("FANOUT_")}) as daemon:
        try:
            wait_until_it_answers(build, socket, daemon, log)
            yield socket
        finally:
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()


def wait_until_it_answers(build, socket, daemon, log):
    deadline = time.monotonic() + START_TIMEOUT
    ping = [build / "fanout", "-h", socket, "ping"]
    while subprocess.run(ping, capture_output=True).returncode != 0:
        if daemon.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise StageError("fanoutd did not start:\n" + log.read())
        time.sleep(0.05)


@contextlib.contextmanager
def fanoutd_on(engine, build):
    """The socket of a daemon that serves an empty database "brazil"."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        if engine == "postgres":
            conninfo = stack.enter_context(private_postgres(folder))
            keys = f"engine = postgres\nconninfo = {conninfo}"
        else:
            keys = f"engine = sqlite\npath = {folder}/brazil.db"
        yield stack.enter_context(fanoutd(build, folder, keys))
