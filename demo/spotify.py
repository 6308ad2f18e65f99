"""Spotify's token endpoint and albums, in the shapes of the Web API."""

import base64
import calendar
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.behaviour import Behaviour, Limits
from demo.drawings import draw_cover
from demo.sample import SampleRelease, spotify_id_of
from demo.wire import Reply, Request, html_reply, json_reply

TOKEN_PATH = "/api/token"  # noqa: S105  (an address)
ALBUMS_PATH = "/v1/albums"
IMAGE_PATH = "/image/"
BATCH_LIMIT = 20
TOKEN_SECONDS = 3600
IMAGE_SIZES = (640, 300, 64)
ALBUM_ID = re.compile(r"[0-9A-Za-z]{22}")
MONTHS = tuple(calendar.month_name)[1:]

Payload = Mapping[str, Any]
Album = SampleRelease | Payload


@dataclass
class Tokens:
    client_id: str
    client_secret: str
    _valid: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self) -> str:
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._valid.add(token)
        return token

    def expire(self) -> None:
        """Invalidate all tokens."""
        with self._lock:
            self._valid.clear()

    def accepts(self, authorization: str) -> bool:
        with self._lock:
            return authorization.removeprefix("Bearer ") in self._valid

    def knows(self, authorization: str) -> bool:
        pair = f"{self.client_id}:{self.client_secret}".encode()
        return authorization == f"Basic {base64.b64encode(pair).decode()}"


def answer_token(request: Request, tokens: Tokens) -> Reply:
    """Errors have OAuth's shape."""
    if request.method != "POST":
        return html_reply(405, "Method not allowed")
    if request.form.get("grant_type") != "client_credentials":
        return _oauth_error("unsupported_grant_type", "grant_type parameter is missing")
    if not tokens.knows(request.headers.get("Authorization", "")):
        return _oauth_error("invalid_client", "Invalid client secret")
    token = {"access_token": tokens.issue(), "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
    return json_reply(200, token)


def _oauth_error(error: str, description: str) -> Reply:
    return json_reply(400, {"error": error, "error_description": description})


@dataclass(frozen=True)
class Catalogue:
    """`base_url` is where the covers are served."""

    albums: Mapping[str, Album]
    base_url: str

    def find(self, album_id: str) -> Payload | None:
        album = self.albums.get(album_id)
        return album_payload(album_id, album, self.base_url) if isinstance(album, SampleRelease) else album


def answer_albums(
    request: Request, *, tokens: Tokens, limits: Limits, behaviour: Behaviour, catalogue: Catalogue
) -> Reply:
    refusal = _refusal(request, tokens, limits, behaviour)
    if refusal is not None:
        return refusal
    album_id = request.path.removeprefix(ALBUMS_PATH).strip("/")
    if album_id:
        return _single(album_id, catalogue)
    if behaviour.development_mode:
        return error_reply(403, "Forbidden")
    return _batch(request.query.get("ids", ""), catalogue)


def error_reply(status: int, message: str, *, reason: str | None = None, retry_after: int | None = None) -> Reply:
    """Return an error in the Web API's shape."""
    error: dict[str, Any] = {"status": status, "message": message}
    if reason:
        error["reason"] = reason
    headers = {} if retry_after is None else {"Retry_After": str(retry_after)}
    return json_reply(status, {"error": error}, **headers)


def _refusal(request: Request, tokens: Tokens, limits: Limits, behaviour: Behaviour) -> Reply | None:
    authorization = request.headers.get("Authorization", "")
    if not authorization.startswith("Bearer "):
        return error_reply(401, "No token provided")
    if not tokens.accepts(authorization):
        return error_reply(401, "The access token expired")
    if limits.quota_is_used_up(behaviour):
        seconds = behaviour.quota_retry_after_seconds
        return error_reply(429, "Quota exceeded", reason="QUOTA_EXCEEDED", retry_after=seconds)
    seconds = limits.seconds_to_wait(behaviour)
    return None if seconds is None else error_reply(429, "API rate limit exceeded", retry_after=seconds)


def _single(album_id: str, catalogue: Catalogue) -> Reply:
    if not ALBUM_ID.fullmatch(album_id):
        return error_reply(400, "Invalid base62 id")
    album = catalogue.find(album_id)
    return error_reply(404, "Resource not found") if album is None else json_reply(200, album)


def _batch(ids: str, catalogue: Catalogue) -> Reply:
    album_ids = ids.split(",")
    if len(album_ids) > BATCH_LIMIT:
        return error_reply(400, "Too many ids requested")
    if not all(ALBUM_ID.fullmatch(album_id) for album_id in album_ids):
        return error_reply(400, "Invalid base62 id")
    return json_reply(200, {"albums": [catalogue.find(album_id) for album_id in album_ids]})


def answer_image(request: Request, albums: Mapping[str, Album]) -> Reply:
    """Answer `/image/<size>/<id>.svg`."""
    size, _, file_name = request.path.removeprefix(IMAGE_PATH).partition("/")
    album_id = file_name.removesuffix(".svg")
    if album_id not in albums or not size.isdigit() or int(size) not in IMAGE_SIZES:
        return html_reply(404, "Not found")
    headers = {"Content-Type": "image/svg+xml", "Cache-Control": "public, max-age=86400"}
    return Reply(200, draw_cover(album_id, int(size)).encode(), headers)


# The shape of an album ---------------------------------------------------------------------


def album_payload(album_id: str, release: SampleRelease, base_url: str) -> dict[str, Any]:
    """Return the body of `GET /v1/albums/{id}` as it is since 2026: no label, no popularity, no genres."""
    released, precision = _release_date(release)
    return {
        "album_type": "single" if release.length in ("EP", "Single") else "album",
        "type": "album",
        "id": album_id,
        "uri": f"spotify:album:{album_id}",
        "href": f"{base_url}{ALBUMS_PATH}/{album_id}",
        "external_urls": {"spotify": f"https://open.spotify.com/album/{album_id}"},
        "name": release.title,
        "artists": [_artist_payload(release.artist)],
        "images": [_image_payload(album_id, size, base_url) for size in IMAGE_SIZES],
        "release_date": released,
        "release_date_precision": precision,
        "total_tracks": len(release.tracks),
        "tracks": _tracks_payload(release),
        "genres": [],
        "copyrights": [],
        "external_ids": {},
    }


def _release_date(release: SampleRelease) -> tuple[str, str]:
    if release.released is not None:
        return release.released.isoformat(), "day"
    if release.shown_date in MONTHS:
        return f"{release.year}-{MONTHS.index(release.shown_date) + 1:02}", "month"
    return str(release.year), "year"


def _artist_payload(name: str) -> dict[str, Any]:
    artist_id = spotify_id_of(name)
    address = f"https://open.spotify.com/artist/{artist_id}"
    return {"id": artist_id, "name": name, "type": "artist", "external_urls": {"spotify": address}}


def _image_payload(album_id: str, size: int, base_url: str) -> dict[str, Any]:
    return {"url": f"{base_url}{IMAGE_PATH}{size}/{album_id}.svg", "width": size, "height": size}


def _tracks_payload(release: SampleRelease) -> dict[str, Any]:
    items = [
        {"name": name, "duration_ms": duration, "track_number": number, "disc_number": 1, "type": "track"}
        for number, (name, duration) in enumerate(release.tracks, start=1)
    ]
    return {"items": items, "total": len(items), "limit": 50, "offset": 0, "next": None, "previous": None}
