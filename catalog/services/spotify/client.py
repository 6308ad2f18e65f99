"""Ask Spotify for albums, through spotipy, and translate whatever goes wrong.

Nothing here waits or tries again, but for an expired token: spotipy's own session would sleep a Retry-After for
hours inside the thread, so it gets ours, which sends one request and reads no more than an answer can hold.
"""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

import requests
from requests.adapters import BaseAdapter
from spotipy import MemoryCacheHandler, Spotify, SpotifyClientCredentials, SpotifyException

from catalog.services.errors import (
    SpotifyBadRequest,
    SpotifyCredentialsMissing,
    SpotifyCredentialsRejected,
    SpotifyError,
    SpotifyForbidden,
    SpotifyLimited,
    SpotifyNotFound,
    SpotifyUnavailable,
    SpotifyUnreachable,
)
from catalog.services.network.http_session import HttpSession, time_limit
from catalog.services.spotify.payload import BATCH_SIZE, SpotifyAlbumData, read_album
from catalog.vocabulary.addresses import origin

SERVICE = "Spotify"
CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 15
WHOLE_REQUEST_SECONDS = 30
# Twenty albums of fifty tracks, each with its list of markets, have less than 2 MB.
MAX_ANSWER_BYTES = 4_000_000
CHUNK_BYTES = 65_536
# spotipy declares a number, and hands on to requests what it gets.
TIMEOUTS: Any = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
# What reading JSON raises: RecursionError where it is nested too deeply, ValueError at a number of 5,000 digits too.
NO_JSON = (ValueError, RecursionError)
# The rate limit looks at the last 30 seconds, the quota at the last day.
RATE_LIMIT_DEFAULT_SECONDS = 30
QUOTA_DEFAULT_SECONDS = 24 * 3600
LONGEST_CREDIBLE_SECONDS = 7 * 24 * 3600
QUOTA_REASON = "QUOTA_EXCEEDED"


class _TokenRefused(SpotifyCredentialsRejected):
    """The API does not accept the access token, which may have expired."""


Meanings = Mapping[int, tuple[type[SpotifyError], str]]
OTHER_STATUS = 0
NOT_UNDERSTOOD = (SpotifyBadRequest, "Spotify does not understand the album's link.")
CREDENTIALS_REJECTED = (SpotifyCredentialsRejected, "Spotify does not accept the client id and secret.")
NOT_OFFERED = (SpotifyForbidden, "Spotify does not offer this any more.")

API_MEANINGS: Meanings = {
    400: NOT_UNDERSTOOD,
    401: (_TokenRefused, "Spotify does not accept the access that it has just granted."),
    403: (SpotifyForbidden, "Spotify does not allow this application to read the album."),
    404: (SpotifyNotFound, "Spotify does not know the album."),
    405: NOT_OFFERED,
    410: NOT_OFFERED,
    OTHER_STATUS: (SpotifyUnavailable, "Spotify answered with a fault of its own."),
}
TOKEN_MEANINGS: Meanings = {
    400: CREDENTIALS_REJECTED,
    401: CREDENTIALS_REJECTED,
    OTHER_STATUS: (SpotifyUnavailable, "Spotify could not grant access because of a fault of its own."),
}

for _name in ("spotipy.client", "spotipy.oauth2"):
    # They print the secret and the token at DEBUG.
    logging.getLogger(_name).addFilter(lambda _record: False)


class SpotifyClient:
    """Spotify's albums for one application; a few threads may share it.

    Every method raises `SpotifyError` and nothing else where Spotify does not answer well. `adapter` sends the
    requests instead of the usual one.
    """

    def __init__(
        self, *, client_id: str, client_secret: str, api_url: str, token_url: str, adapter: BaseAdapter | None = None
    ) -> None:
        if not client_id or not client_secret:
            raise SpotifyCredentialsMissing("SPOTIFY_CLIENT_ID or SPOTIFY_CLIENT_SECRET is empty.")
        base = api_url.rstrip("/").removesuffix("/v1")
        self._api_origin = origin(base)
        self._credentials = _Credentials(
            client_id=client_id, client_secret=client_secret, token_url=token_url, adapter=adapter
        )
        self._session = _Session(API_MEANINGS, adapter, service=SERVICE)
        session: Any = self._session  # spotipy declares a flag, and takes either
        self._spotify = Spotify(auth_manager=self._credentials, requests_session=session, requests_timeout=TIMEOUTS)
        self._spotify.prefix = f"{base}/v1/"

    @property
    def requests_sent(self) -> int:
        """How many requests have counted against Spotify's limits; those for tokens do not."""
        return self._session.sent

    def album(self, spotify_id: str) -> SpotifyAlbumData | None:
        """Return one album, or None where Spotify does not know the id."""
        try:
            payload = self._ask(lambda: self._spotify.album(spotify_id))
        except SpotifyNotFound:
            return None
        if not isinstance(payload, Mapping) or "name" not in payload:
            raise _nonsense()
        return self._read(payload)

    def albums(self, ids: Sequence[str]) -> dict[str, SpotifyAlbumData | None]:
        """Return up to 20 albums by id with one request, None for each id that Spotify does not know.

        Raises `SpotifyForbidden` where the application may only read albums one by one.
        """
        if len(ids) > BATCH_SIZE:
            raise ValueError(f"Spotify takes {BATCH_SIZE} ids at once, not {len(ids)}.")
        try:
            payload = self._ask(lambda: self._spotify.albums(list(ids)))
        except SpotifyNotFound as error:
            raise SpotifyForbidden("Spotify does not offer several albums at once.") from error
        found = payload.get("albums") if isinstance(payload, Mapping) else None
        if not isinstance(found, list) or len(found) != len(ids):
            raise _nonsense()
        return {spotify_id: self._read(album) for spotify_id, album in zip(ids, found, strict=True)}

    def _read(self, payload: object) -> SpotifyAlbumData | None:
        if payload is None:
            return None
        if not isinstance(payload, Mapping):
            raise _nonsense()
        return read_album(payload, api_origin=self._api_origin)

    def _ask(self, call: Callable[[], object]) -> object:
        try:
            return self._with_token(call)
        except NO_JSON as error:
            raise _nonsense() from error
        except SpotifyException as error:
            # The session has translated all answers: this is spotipy's own check of the id.
            kind, sentence = NOT_UNDERSTOOD
            raise kind(sentence) from error

    def _with_token(self, call: Callable[[], object]) -> object:
        """Make one call; a token that has expired is renewed, once."""
        generation = self._credentials.generation
        try:
            return call()
        except _TokenRefused:
            self._credentials.discard(generation)
            return call()


class _Credentials(SpotifyClientCredentials):
    """The access token that all threads share."""

    def __init__(self, *, client_id: str, client_secret: str, token_url: str, adapter: BaseAdapter | None) -> None:
        session: Any = _Session(TOKEN_MEANINGS, adapter)
        super().__init__(
            client_id, client_secret, None, session, requests_timeout=TIMEOUTS, cache_handler=MemoryCacheHandler()
        )
        self.OAUTH_TOKEN_URL = token_url
        self._lock = Lock()
        self.generation = 0

    def get_access_token(self, as_dict: bool = False, check_cache: bool = True) -> str:  # noqa: ARG002  (spotipy's)
        with self._lock:
            try:
                token = super().get_access_token(as_dict=False)
            except UnicodeEncodeError as error:
                sentence = "The client id or secret holds a character that none can have."
                raise SpotifyCredentialsRejected(sentence) from error
            except (KeyError, TypeError, *NO_JSON):
                token = None
            if token and isinstance(token, str):
                return token
            # spotipy caches whatever was answered.
            self.cache_handler.save_token_to_cache(None)
            raise SpotifyUnavailable("Spotify granted access in a form that makes no sense.")

    def discard(self, generation: int) -> None:
        """Forget the token that was refused, unless another thread has done so already."""
        with self._lock:
            if generation == self.generation:
                self.generation += 1
                self.cache_handler.save_token_to_cache(None)


class _Session(HttpSession):
    """Connections for all threads; an answer without success, a redirect too, raises what its status means."""

    def __init__(self, meanings: Meanings, adapter: BaseAdapter | None, *, service: str = "") -> None:
        super().__init__(adapter, service=service)
        self.sent = 0
        self._meanings = meanings
        self._lock = Lock()

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        with self._lock:
            self.sent += 1
        try:
            with time_limit(WHOLE_REQUEST_SECONDS):
                response = super().request(*args, **kwargs | {"stream": True, "allow_redirects": False})
                _read(response)
        except requests.Timeout as error:
            raise SpotifyUnreachable("Spotify did not answer in time.") from error
        except requests.RequestException as error:
            raise SpotifyUnreachable("Spotify could not be reached.") from error
        if response.status_code >= requests.codes.multiple_choices:
            raise self._error(response)
        return response

    def _error(self, response: requests.Response) -> SpotifyError:
        if response.status_code == requests.codes.too_many_requests:
            return _limited(response)
        if response.status_code < requests.codes.bad_request:
            return SpotifyUnavailable("Spotify answered with another address, which is not followed.")
        kind, sentence = self._meanings.get(response.status_code, self._meanings[OTHER_STATUS])
        if kind is SpotifyNotFound and "json" not in response.headers.get("Content-Type", "").lower():
            return SpotifyUnavailable("The address of Spotify's service answers, but not as Spotify does.")
        return kind(sentence)


def _read(response: requests.Response) -> None:
    """Read the whole answer, unless it is too large once it is unpacked."""
    content = bytearray()
    with response:
        for chunk in response.iter_content(CHUNK_BYTES):
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                raise SpotifyUnavailable("Spotify answered with more than it has to say of any album.")
    response._content = bytes(content)  # noqa: SLF001  (where requests itself keeps what it has read)
    response.encoding = "utf-8"  # As JSON always is, whatever the answer claims.


def _limited(response: requests.Response) -> SpotifyLimited:
    try:
        is_quota = response.json()["error"]["reason"] == QUOTA_REASON
    except (KeyError, TypeError, *NO_JSON):
        is_quota = False
    default = QUOTA_DEFAULT_SECONDS if is_quota else RATE_LIMIT_DEFAULT_SECONDS
    return SpotifyLimited(
        "Spotify's quota for today is used up." if is_quota else "Spotify received too many requests.",
        retry_after_seconds=_seconds(response.headers.get("Retry-After"), default),
        is_quota=is_quota,
    )


def _seconds(text: str | None, default: int) -> int:
    """Return a Retry-After in whole seconds, rounded up, a week at most; `default` where it is missing or odd."""
    try:
        seconds = math.ceil(float(text or ""))
    except (ValueError, OverflowError):
        return default
    return min(seconds, LONGEST_CREDIBLE_SECONDS) if seconds >= 0 else default


def _nonsense() -> SpotifyUnavailable:
    return SpotifyUnavailable("Spotify answered with something that is no album.")
