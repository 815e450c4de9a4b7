"""What the whole run of the tests says at its end."""

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seeds that tests have drawn, what was compared with TLC, and what was not run."""
    graphs = states = transitions = 0
    skipped = Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name.startswith("seed") and report.when == "call":
                    terminalreporter.write_line(f"{name}: {value}")
                if name == "state graph" and report.passed and report.when == "call":
                    graphs += 1
                    states += value[0]
                    transitions += value[1]
            if getattr(report, "skipped", False) and isinstance(report.longrepr, tuple):
                skipped[report.longrepr[2].removeprefix("Skipped: ")] += 1
    if graphs:
        terminalreporter.write_line(
            f"{graphs} state graphs are the same by TLC and by the core: {states:,} states, "
            f"{transitions:,} transitions"
        )
    for reason, tests in skipped.items():
        terminalreporter.write_line(f"{tests} tests were skipped: {reason}")
