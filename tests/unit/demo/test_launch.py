"""What the demo remembers and how it decides."""

from pathlib import Path

from demo.launch import Memory, remembered, uses_real_services


def test_key_and_port_are_the_same_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    path.write_text('{"secret_key": "k", "standin_port": 4711}')
    assert remembered(path) == Memory("k", 4711)


def test_the_real_services_need_sheet_and_credentials() -> None:
    real = {"GOOGLE_SHEETS_XLSX_URL": "https://x", "SPOTIFY_CLIENT_ID": "i", "SPOTIFY_CLIENT_SECRET": "s"}
    assert uses_real_services(real)
    assert not uses_real_services({**real, "SPOTIFY_CLIENT_SECRET": ""})
    assert not uses_real_services({})
