"""What the whole run of the tests says at its end."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seeds that tests have drawn, so that what they did can be repeated."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name.startswith("seed") and report.when == "call":
                    terminalreporter.write_line(f"{name}: {value}")
