"""The line that ``poqi check`` shows on a terminal while it works."""

import os
import pty
import re
import subprocess
import sys

from checker.sweep import Progress
from poqi.progress import in_a_line


def test_the_line_says_how_far_it_is() -> None:
    progress = Progress(4, 16, 120_000, 9, 5_000, 52 * 1024)
    assert in_a_line(progress, 10.0) == (
        "[#####...............] 4/16 settings, 120,000 states, 12,000/s, frontier 5,000, depth 9, "
        "52 MiB, 10 s"
    )


def test_where_the_end_is_not_known_there_is_no_bar() -> None:
    progress = Progress(0, 1, 1_000, 0, 0, 2 * 1024)
    assert in_a_line(progress, 2.0) == r"1,000 states, 500/s, 2 MiB, 2 s"


def test_it_is_shown_on_a_terminal_after_two_seconds_with_workers_as_well() -> None:
    here, there = pty.openpty()
    question = "-n 4 -f 1 --views 2 --engine full --workers 2 --property agreement --max-seconds 4"
    process = subprocess.Popen(
        [sys.executable, "-m", "poqi", "check", *question.split()],
        stdout=subprocess.DEVNULL,
        stderr=there,
    )
    os.close(there)
    shown = b""
    while True:
        try:
            shown += os.read(here, 4096)
        except OSError:
            break  # the terminal is closed with the process
    assert process.wait() == 3
    assert re.search(
        rb"\] 0/16 settings, [0-9,]+ states, [0-9,]+/s, frontier [0-9,]+, depth \d+, \d+ MiB, \d s",
        shown,
    )
    assert shown.endswith(b"\r\x1b[K")
