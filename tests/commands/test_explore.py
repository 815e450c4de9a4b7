"""``poqi explore``: it serves until Ctrl-C, and says in one line what does not fit."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from explore_client import Client, ground
from trace_runs import by_name

import traces
from poqi.explorer.api import Explorer
from poqi.explorer.server import ExplorerServer
from poqi.main import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with ExplorerServer(Explorer(ground()), 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield Client(server.server_port)
        server.shutdown()
        thread.join()


class TestTheCommand:
    def test_it_says_where_it_serves_and_ends_with_ctrl_c(self) -> None:
        command = [sys.executable, "-m", "poqi", "explore", "-n", "4", "-f", "1"]
        process = subprocess.Popen(
            [*command, "--predictions", "?AAB"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("exploring at http://127.0.0.1:")
        port = int(line.split(":")[2].split("/")[0])
        assert Client(port).is_well()
        dawdler = socket.create_connection(("127.0.0.1", port))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        dawdler.close()
        assert process.returncode == 0
        assert out == "\nended\n"
        assert err == ""

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            ([], "name a trace file, or a setting with --nodes and others"),
            (["-n", "4"], "name a trace file, or a setting with --faulty and others"),
            (["-n", "4", "-f", "1"], "leave 16 settings open and only one can be explored; give"),
            (["-n", "4", "-f", "1", "--predictions", "?AA"], "pattern ?AA has 3 letters for 4 no"),
            (["-n", "4", "-f", "1", "--predictions", "?AAB", "--port", "70000"], "no port 70000"),
            (["-n", "4", "-f", "1", "--save-dir", "nowhere"], "there is no folder nowhere; make"),
            (["-n", "4", "-f", "1", "--max-seconds", "0"], "--max-seconds must be more than 0"),
            (["x.itf.json", "-n", "4"], "x.itf.json brings its own setting, so --nodes has no pla"),
            (["nowhere.itf.json"], "cannot read nowhere.itf.json: No such file or directory"),
        ],
    )
    def test_misuse_is_answered_in_one_line(
        self, arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["explore", *arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("poqi explore: ")
        assert complaint in err
        assert err.count("\n") == 1

    def test_a_port_that_is_taken_is_misuse(
        self, client: Client, capsys: pytest.CaptureFixture[str]
    ) -> None:
        taken = ["--port", str(client.port)]
        assert main(["explore", "-n", "4", "-f", "1", "--predictions", "?AAB", *taken]) == 2
        assert capsys.readouterr().err == (
            f"poqi explore: cannot serve on port {client.port}: Address already in use; "
            "give another --port, or 0 for any\n"
        )

    def test_a_trace_that_departs_from_the_core_is_no_start(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "edited.itf.json"
        text = traces.write(by_name()["forged final"].trace())
        edited = text.replace('"check_final": "no"', '"check_final": "yes"')
        path.write_text(edited, encoding="utf-8")
        assert main(["explore", str(path)]) == 1
        assert "departs from the core at step 5" in capsys.readouterr().err
