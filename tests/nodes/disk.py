"""The disk that fails: builds `disk_faults.c`, and tells it what to do while a program runs."""

import errno
import mmap
import pathlib
import shutil
import struct
import subprocess

SOURCE = pathlib.Path(__file__).with_name("disk_faults.c")
LAYOUT = struct.Struct("=iiii64s")
ALL = -1


def build(folder):
    """The library, compiled for this machine."""
    library = folder / "disk_faults.so"
    command = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"]
    subprocess.run(list(map(str, command)), check=True)
    library.chmod(0o755)
    return library


class Disk:
    """The disk of one program, which concerns the files below `watched`."""

    def __init__(self, library, control, watched, durable=None):
        self.watched, self.durable = watched, durable
        control.write_bytes(bytes(LAYOUT.size))
        # PostgreSQL runs as a user of its own.
        control.chmod(0o666)
        self.file = control.open("r+b")
        self.memory = mmap.mmap(self.file.fileno(), LAYOUT.size)
        self.preload = {
            "LD_PRELOAD": str(library),
            "DISK_FAULTS_CONTROL": str(control),
            "DISK_FAULTS_WATCHED": str(watched),
        }
        if durable is not None:
            self.preload["DISK_FAULTS_DURABLE"] = str(durable)

    def set(self, syncs=0, writes=0, error=errno.EIO, part=""):
        """How many syncs and writes of files with `part` in their path fail from now on, and with which error."""
        self.memory[:] = LAYOUT.pack(0, 0, error, 0, part.encode())
        self.memory[:8] = struct.pack("=ii", syncs, writes)

    def heal(self):
        """Nothing fails from now on. Returns how often something did."""
        self.memory[:8] = bytes(8)
        return self.failed

    @property
    def failed(self):
        return LAYOUT.unpack(self.memory[:])[3]


def copy_tree(source, target, owner=None):
    """A copy with the same rights, of the same owner."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
    # Copies that a cut has interrupted.
    for part in target.rglob("*.part"):
        part.unlink()
    if owner:
        subprocess.run(["chown", "-R", owner, str(target)], check=True)
