"""Starts fanoutd as a user would, and stops it, watching how it ends."""

import functools
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import time

from ndjson_client import Client, Lost

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("FANOUT_BUILD", "build")
FANOUTD = BUILD / "fanoutd"
# Such as "valgrind -q --error-exitcode=99".
UNDER = shlex.split(os.environ.get("FANOUT_UNDER", ""))
START_TIMEOUT = 30.0
# The daemon's own FANOUT_… variables are settings.
ENVIRONMENT = {
    k: v for k, v in os.environ.items() if not k.startswith("FANOUT_")
}
TROUBLE = re.compile(
    r"Sanitizer|runtime error:|[Aa]ssertion|==\d+==|do not close"
)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@functools.lru_cache(maxsize=None)
def sanitized():
    """Built with a sanitizer: memory and time are not the real ones."""
    return bool(UNDER) or b"__sanitizer" in FANOUTD.read_bytes()


def config_text(sections):
    """{"fanoutd": {key: value}, …} as an INI file."""
    lines = []
    for name, keys in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {value}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


class Daemon:
    """One running fanoutd with a folder of its own."""

    def __init__(self, folder, sections):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.socket_path = self.folder / "s"
        self.config_path = self.folder / "fanoutd.ini"
        self.stderr_path = self.folder / "stderr"
        self.clients = []
        self.status = None  # how it ended
        self.place = None  # the PgSchema it serves, if any
        self.write_config(sections)
        self.start()

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def write_config(self, sections):
        self.sections = sections
        listen = f"127.0.0.1:{self.port}, unix:{self.socket_path}"
        own = {
            "listen": listen,
            "shutdown_timeout": "5s",
            **sections.get("fanoutd", {}),
        }
        whole = {**sections, "fanoutd": own}
        self.config_path.write_text(config_text(whole))

    def start(self):
        with open(self.stderr_path, "ab") as stderr:
            self.process = subprocess.Popen(
                [*UNDER, str(FANOUTD), "-c", str(self.config_path)],
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                cwd=self.folder,
                env=ENVIRONMENT,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            assert self.process.poll() is None, self.stderr()
            assert time.monotonic() < deadline, self.stderr()
            time.sleep(0.01)

    def answers(self):
        try:
            with Client(self.address) as c:
                return c.ping()
        except (OSError, Lost):
            return False

    def connect(self, unix=False):
        client = Client(self.socket_path if unix else self.address)
        self.clients.append(client)
        return client

    @property
    def pid(self):
        return self.process.pid

    def stderr(self):
        return self.stderr_path.read_text(errors="replace")

    def rss(self):
        """Resident memory in bytes."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=20):
        """Its exit status; it must end by then."""
        self.status = self.process.wait(timeout)
        return self.status

    def check_stderr(self):
        """No sanitizer, no assertion, and every connection found its end."""
        assert not TROUBLE.search(self.stderr()), self.stderr()

    def stop(self, timeout=20):
        """Ends it as a service manager would, unless a test already did."""
        for client in self.clients:
            client.close()
        if self.status is None:
            assert self.process.poll() is None, self.stderr()
            self.signal(signal.SIGTERM)
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"SIGTERM unheard: {self.stderr()}")
            assert self.status == 0, (self.status, self.stderr())
        self.check_stderr()
