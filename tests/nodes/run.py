"""Many nodes and the faults between them.

    python3 tests/nodes/run.py BINARY [--only PART…] [--seed N] [--keep]

Prints its seed, and a line for each scenario; the first that fails ends the run. `--only` takes parts of their names.
`--keep` leaves the folder with the logs of all programs.
"""

import argparse
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback

import durability
import failovers
import processes
from lab import Broken, show_logs


class Lab:
    """What every scenario needs: the program, chance that can be repeated, and room for files."""

    def __init__(self, binary, seed):
        self.binary, self.rng = binary, random.Random(seed)
        # A short path, because sockets live below it. PostgreSQL's user must get there.
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="kindred-nodes-")).resolve()
        self.root.chmod(0o755)

    def folder(self, name):
        folder = self.root / name
        folder.mkdir()
        folder.chmod(0o755)
        return folder

    @staticmethod
    def wants(wanted, name):
        return not wanted or any(part in name for part in wanted)

    def report(self, name, work):
        begun = time.monotonic()
        print(f"{name} …", flush=True)
        result = work()
        print(f"{name}: ok in {time.monotonic() - begun:.0f} s; {result}", flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", default=[], metavar="PART")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    # An end by a signal cleans up as any other.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    lab = Lab(options.binary.resolve(strict=True), options.seed)
    print(f"seed {options.seed}; files in {lab.root}", flush=True)
    try:
        for group in (processes, durability, failovers):
            group.run(lab, options.only)
    except Exception as error:  # noqa: BLE001 - whatever it is, the logs tell more and will be gone
        show_logs(lab.root)
        if not isinstance(error, Broken):
            traceback.print_exception(error)
        print(f"FAILED with seed {options.seed}: {error}", file=sys.stderr)
        return 1
    finally:
        if not options.keep:
            shutil.rmtree(lab.root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
