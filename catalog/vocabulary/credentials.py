"""The credentials without which no sync can start."""


def missing_credentials(*, client_id: str, client_secret: str) -> list[str]:
    values = {"SPOTIFY_CLIENT_ID": client_id, "SPOTIFY_CLIENT_SECRET": client_secret}
    return [name for name, value in values.items() if not value]
