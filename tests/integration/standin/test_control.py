"""What other processes see of the stand-in, and how it ends."""

import json
import subprocess
import sys
import time
from pathlib import Path

import requests

from demo.behaviour import Behaviour, Export
from demo.standin import StandIn
from tests.integration.standin.asking import (
    TIMEOUT_SECONDS,
    UNKNOWN_ID,
    Clock,
    batch,
    first_id,
    get,
)

ROOT = Path(__file__).resolve().parents[3]


def test_requests_are_logged_with_their_answers(standin: StandIn, api: requests.Session, clock: Clock) -> None:
    clock.now = 7
    batch(api, standin, [UNKNOWN_ID])
    entry = standin.requests[-1]
    assert (entry.method, entry.path, entry.status, entry.at) == ("GET", "/v1/albums/", 200, 7)
    assert entry.query == f"ids={UNKNOWN_ID}"
    assert (standin.count("/v1/albums"), standin.count("/api/token")) == (1, 1)


def test_one_connection_serves_many_requests(standin: StandIn, api: requests.Session) -> None:
    with get(api, f"{standin.url}/v1/albums/{first_id(standin)}", stream=True) as response:
        assert response.raw.version == 11
        assert response.headers.get("Connection") != "close"


def test_another_process_can_change_the_behaviour(standin: StandIn, session: requests.Session) -> None:
    url = f"{standin.url}/_standin/behaviour"
    changed = session.post(url, json={"export": "html", "pace_seconds": 0.5}, timeout=TIMEOUT_SECONDS)
    assert changed.status_code == 200
    assert standin.behaviour == Behaviour(export=Export.HTML, pace_seconds=0.5)
    refused = session.post(url, json={"exprot": "html"}, timeout=TIMEOUT_SECONDS)
    assert (refused.status_code, "exprot" in refused.text) == (400, True)


def test_another_process_can_bring_a_fault_and_a_workbook(standin: StandIn, session: requests.Session) -> None:
    control = f"{standin.url}/_standin"
    session.post(f"{control}/fail_next", json={"path": "export", "status": 500}, timeout=TIMEOUT_SECONDS)
    session.post(f"{control}/workbook", data=b"PK\x03\x04 new", timeout=TIMEOUT_SECONDS)
    assert get(session, standin.sheet_url).status_code == 500
    assert get(session, standin.sheet_url).content == b"PK\x03\x04 new"


def test_another_process_can_read_the_log(standin: StandIn, session: requests.Session) -> None:
    get(session, standin.sheet_url)
    log = get(session, f"{standin.url}/_standin/requests").json()
    assert [entry["status"] for entry in log["requests"]] == [307, 200]
    assert log["ignored_retry_after"] == 0


def test_the_process_tells_its_addresses_and_ends_with_its_input(session: requests.Session) -> None:
    command = [sys.executable, "-m", "demo", "--albums", "5"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())
        assert get(session, addresses["GOOGLE_SHEETS_XLSX_URL"]).status_code == 200
        process.stdin.close()
        assert process.wait(TIMEOUT_SECONDS) == 0


def test_the_process_ends_with_a_parent_that_is_killed(session: requests.Session) -> None:
    script = """if True:
        import sys
        from pathlib import Path
        from demo.launch import start_standin
        print(start_standin(folder=Path.cwd(), albums=5, port=0)["GOOGLE_SHEETS_XLSX_URL"], flush=True)
        sys.stdin.read()
    """
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        address = parent.stdout.readline().decode().strip()
        assert get(session, address).status_code == 200
        parent.kill()
    assert becomes_unreachable(address)


def becomes_unreachable(address: str) -> bool:
    """Ask again and again until nobody answers."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            requests.get(address, timeout=TIMEOUT_SECONDS)
        except requests.exceptions.ConnectionError:
            return True
    return False


def test_a_taken_port_is_said_in_a_sentence(standin: StandIn) -> None:
    port = standin.url.rpartition(":")[2]
    command = [sys.executable, "manage.py", "demo", "--port", port]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"Port {port} is taken by another program." in done.stderr
    assert f"make run PORT={int(port) + 1}" in done.stderr
    assert "Traceback" not in done.stderr
