"""A wall clock for several processes at once, which libfaketime reads from a file. Monotonic clocks stay right."""

import os
import pathlib
import subprocess


class Clock:
    def __init__(self, folder):
        self.file = pathlib.Path(folder, "clock")
        self.offset = 0
        self.advance(0)

    def advance(self, seconds):
        self.offset += seconds
        draft = self.file.with_suffix(".draft")
        draft.write_text(f"+{self.offset}\n")
        # A process that reads the clock at this moment finds the time before or the time after.
        os.replace(draft, self.file)

    def environment(self):
        """What a process needs to go by this clock."""
        library = subprocess.run(
            ["faketime", "-f", "+0", "printenv", "LD_PRELOAD"], check=True, capture_output=True, text=True
        )
        return {
            "LD_PRELOAD": library.stdout.strip(),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
