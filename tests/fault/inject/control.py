"""The other side of failnth.c: says which call of the daemon fails, and is
told which one it was."""

import mmap
import pathlib
import shutil
import struct
import subprocess

# struct control of failnth.c
FIELDS = ("fail_at", "kinds", "count", "fired", "site")
NAME = slice(40, 64)
OBJECT = slice(64, 128)
SIZE = 128
KINDS = {"memory": 1, "system": 2}
NEVER = 1 << 62


def text(data):
    return data.split(b"\0", 1)[0].decode()


class FailNth:
    """One daemon's control. WRAP stands in front of its command."""

    def __init__(self, library, folder, callers):
        self.path = pathlib.Path(folder) / "failnth"
        self.path.write_bytes(bytes(SIZE))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), SIZE)
        self.wrap = [
            "env",
            f"LD_PRELOAD={library}",
            f"FAILNTH_CONTROL={self.path}",
            f"FAILNTH_CALLERS={callers}",
        ]

    def get(self, field):
        return struct.unpack_from("q", self.map, FIELDS.index(field) * 8)[0]

    def set(self, field, value):
        struct.pack_into("q", self.map, FIELDS.index(field) * 8, value)

    def arm(self, kind, n):
        """The Nth call from now on fails."""
        self.disarm()
        self.map[40:SIZE] = bytes(SIZE - 40)
        self.set("count", 0)
        self.set("fired", 0)
        self.set("kinds", KINDS[kind])
        self.set("fail_at", n)

    def disarm(self):
        self.set("fail_at", 0)

    @property
    def fired(self):
        return self.get("fired") != 0

    def where(self, program):
        """What failed, for people: "realloc at base/buf.c:45"."""
        if not self.fired:
            return "nothing"
        name, site = text(self.map[NAME]), self.get("site") - 1
        place = f"{text(self.map[OBJECT]) or program.name}+{site:#x}"
        if not text(self.map[OBJECT]) and shutil.which("addr2line"):
            place = subprocess.run(
                ["addr2line", "-ifsp", "-e", program, hex(site)],
                capture_output=True,
                text=True,
            ).stdout.strip()
        return f"{name} at {place}"
