"""What the demo saves for the next one, and which services it uses."""

from pathlib import Path

from demo.launch import SavedState, load_state, uses_real_services


def test_key_and_port_are_the_same_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"secret_key": "k", "standin_port": 4711}')
    assert load_state(path) == SavedState("k", 4711)


def test_the_real_services_need_sheet_and_credentials() -> None:
    real = {"GOOGLE_SHEETS_XLSX_URL": "https://x", "SPOTIFY_CLIENT_ID": "i", "SPOTIFY_CLIENT_SECRET": "s"}
    assert uses_real_services(real)
    assert not uses_real_services({**real, "SPOTIFY_CLIENT_SECRET": ""})
    assert not uses_real_services({})
