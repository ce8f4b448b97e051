"""Many nodes and the faults between them.

    python3 tests/nodes/run.py BINARY [--only PART…] [--seed N] [--keep] [--postgres FOLDER]

Prints its seed, and a line for each scenario; the first that fails ends the run. Groups of scenarios run side by side,
because most of their time is spent waiting. `--only` takes parts of their names. `--keep` leaves the folder with the
logs of all programs. `--postgres` names the programs of another PostgreSQL, for the scenario that tries it.
"""

import argparse
import pathlib
import queue
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback

import durability
import failovers
import people
import processes
from lab import Broken, show_logs


class Lab:
    """What every scenario of a group needs: the program, chance that can be repeated, and room for files."""

    def __init__(self, options, root, group):
        self.binary, self.root = options.binary.resolve(strict=True), root
        self.other_postgres = options.postgres
        self.rng = random.Random(f"{options.seed} {group}")

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


def scratch_folder():
    """A folder that PostgreSQL's user can enter."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="kindred-nodes-")).resolve()
    root.chmod(0o755)
    return root


# Those of one line run one after the other.
GROUPS = [[failovers], [durability], [processes, people]]


def run_groups(options, root):
    """All at once. Raises what the first one that fails has raised; what the others have started ends with the process."""
    outcomes = queue.Queue()

    def run(groups):
        try:
            for group in groups:
                group.run(Lab(options, root, group.__name__), options.only)
            outcomes.put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            outcomes.put(error)

    for groups in GROUPS:
        threading.Thread(target=run, args=[groups], daemon=True).start()
    for _ in GROUPS:
        if (error := outcomes.get()) is not None:
            raise error


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", default=[], metavar="PART")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--postgres", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    # An end by a signal cleans up as any other.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    root = scratch_folder()
    print(f"seed {options.seed}; files in {root}", flush=True)
    try:
        run_groups(options, root)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, the logs tell more and will be gone
        show_logs(root)
        if not isinstance(error, (Broken, SystemExit)):
            traceback.print_exception(error)
        print(f"FAILED with seed {options.seed}: {error}", file=sys.stderr)
        return 1
    finally:
        if not options.keep:
            shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
