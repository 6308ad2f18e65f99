"""Ask Spotify for albums, through spotipy, and translate whatever goes wrong.

Nothing here waits or tries again (but for an expired token): spotipy's own session would
sleep a Retry-After for hours inside the thread, so it gets ours, which sends one request.
"""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from spotipy import MemoryCacheHandler, Spotify, SpotifyClientCredentials, SpotifyException, SpotifyOauthError

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
from catalog.services.spotify.payload import SpotifyAlbumData, origin_of, read_album

BATCH_SIZE = 20  # Spotify's own limit
CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 15
# spotipy declares a number, and hands on to requests what it gets.
TIMEOUTS: Any = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
CONNECTIONS = 8
# The rate limit looks at the last 30 seconds, the quota at the last day.
RATE_LIMIT_DEFAULT_SECONDS = 30
QUOTA_DEFAULT_SECONDS = 24 * 3600
LONGEST_CREDIBLE_SECONDS = 7 * 24 * 3600
QUOTA_REASON = "QUOTA_EXCEEDED"

MEANINGS: Mapping[int, tuple[type[SpotifyError], str]] = {
    400: (SpotifyBadRequest, "Spotify does not understand the album's link."),
    401: (SpotifyCredentialsRejected, "Spotify does not accept the access that it has just granted."),
    403: (SpotifyForbidden, "Spotify does not allow this application to read the album."),
    404: (SpotifyNotFound, "Spotify does not know the album."),
    405: (SpotifyForbidden, "Spotify does not offer this any more."),
    410: (SpotifyForbidden, "Spotify does not offer this any more."),
}

for _name in ("spotipy.client", "spotipy.oauth2"):
    # They print what Spotify answered at ERROR, and the secret and the token at DEBUG.
    logging.getLogger(_name).addFilter(lambda _record: False)


class SpotifyClient:
    """Spotify's albums for one application; a few threads may share it.

    Every method raises `SpotifyError` and nothing else where Spotify does not answer well.
    """

    def __init__(self, *, client_id: str, client_secret: str, api_url: str, token_url: str) -> None:
        if not client_id or not client_secret:
            raise SpotifyCredentialsMissing("SPOTIFY_CLIENT_ID or SPOTIFY_CLIENT_SECRET is empty.")
        base = api_url.rstrip("/").removesuffix("/v1")
        self._api_origin = origin_of(base)
        self._tokens = _Tokens(client_id=client_id, client_secret=client_secret, token_url=token_url)
        self._session = _CountingSession()
        session: Any = self._session  # spotipy declares a flag, and takes either
        self._spotify = Spotify(auth_manager=self._tokens, requests_session=session, requests_timeout=TIMEOUTS)
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
        """Make one call; a token that has expired is renewed, once."""
        generation = self._tokens.generation
        try:
            return _send(call)
        except _Refusal as refusal:
            if refusal.status != requests.codes.unauthorized:
                raise _error_for(refusal) from refusal
        self._tokens.discard(generation)
        try:
            return _send(call)
        except _Refusal as refusal:
            raise _error_for(refusal) from refusal


class _CountingSession(requests.Session):
    """One connection pool for all threads: no retries, and a count of what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self._lock = Lock()
        for scheme in ("https://", "http://"):
            self.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=0))

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        with self._lock:
            self.sent += 1
        return super().request(*args, **kwargs)


class _Tokens:
    """The access token that all threads share; spotipy's auth manager by its one method."""

    def __init__(self, *, client_id: str, client_secret: str, token_url: str) -> None:
        self._lock = Lock()
        self._cache = MemoryCacheHandler()
        session: Any = requests.Session()
        self._credentials: Any = SpotifyClientCredentials(
            client_id=client_id,
            client_secret=client_secret,
            cache_handler=self._cache,
            requests_session=session,
            requests_timeout=TIMEOUTS,
        )
        self._credentials.OAUTH_TOKEN_URL = token_url
        self.generation = 0

    def get_access_token(self, as_dict: bool = False) -> str:  # noqa: ARG002  (spotipy passes it)
        with self._lock:
            token = _fetch_token(self._credentials)
            if not token:
                # spotipy caches whatever was answered.
                self._cache.save_token_to_cache(None)
                raise SpotifyUnavailable("Spotify granted access in a form that makes no sense.")
            return token

    def discard(self, generation: int) -> None:
        """Forget the token that was refused, unless another thread has done so already."""
        with self._lock:
            if generation == self.generation:
                self.generation += 1
                self._cache.save_token_to_cache(None)


def _fetch_token(credentials: Any) -> str | None:
    """Return the token, or None where the answer holds none."""
    try:
        token = credentials.get_access_token(as_dict=False)
    except SpotifyOauthError as error:
        raise _token_error(error) from error
    except AttributeError as error:
        raise _token_error(error) from error
    except UnicodeEncodeError as error:
        raise SpotifyCredentialsRejected("The client id or secret holds a character that none can have.") from error
    except (KeyError, TypeError, requests.JSONDecodeError):
        return None
    except requests.RequestException as error:
        raise _unreachable(error) from error
    return token if isinstance(token, str) else None


class _Refusal(Exception):
    """An answer with a status of 400 or more."""

    def __init__(self, status: int, *, headers: Mapping[str, str], reason: object = None) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.reason = reason


def _send(call: Callable[[], object]) -> object:
    """Make one call with all that spotipy lets through turned into `_Refusal` or `SpotifyError`."""
    try:
        return call()
    except SpotifyException as error:
        raise _Refusal(error.http_status, headers=error.headers, reason=error.reason) from error
    except AttributeError as error:
        # spotipy stumbles over {"error": "text"}, the shape of OAuth errors.
        response = _response_behind(error)
        if response is None:
            raise
        raise _Refusal(response.status_code, headers=response.headers) from error
    except requests.RequestException as error:
        raise _unreachable(error) from error


def _response_behind(error: BaseException) -> requests.Response | None:
    """Return the answer that spotipy was about to report when it raised `error`."""
    cause = error.__context__
    return cause.response if isinstance(cause, requests.HTTPError) else None


def _error_for(refusal: _Refusal) -> SpotifyError:
    """Return what a status means, in words for people."""
    if refusal.status == requests.codes.too_many_requests:
        return _limited(refusal)
    if refusal.status == requests.codes.not_found and "json" not in refusal.headers.get("Content-Type", "").lower():
        return SpotifyUnavailable("The address of Spotify's service answers, but not as Spotify does.")
    kind, sentence = MEANINGS.get(refusal.status, (SpotifyUnavailable, "Spotify answered with a fault of its own."))
    return kind(sentence)


def _token_error(error: SpotifyOauthError | AttributeError) -> SpotifyError:
    response = _response_behind(error)
    status = response.status_code if response is not None else 0
    if response is not None and status == requests.codes.too_many_requests:
        return _limited(_Refusal(status, headers=response.headers))
    if status in {requests.codes.bad_request, requests.codes.unauthorized}:
        return SpotifyCredentialsRejected("Spotify does not accept the client id and secret.")
    return SpotifyUnavailable("Spotify could not grant access because of a fault of its own.")


def _limited(refusal: _Refusal) -> SpotifyLimited:
    is_quota = refusal.reason == QUOTA_REASON
    default = QUOTA_DEFAULT_SECONDS if is_quota else RATE_LIMIT_DEFAULT_SECONDS
    return SpotifyLimited(
        "Spotify's quota for today is used up." if is_quota else "Spotify received too many requests.",
        retry_after_seconds=_seconds(refusal.headers.get("Retry-After"), default),
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


def _unreachable(error: requests.RequestException) -> SpotifyUnreachable:
    if isinstance(error, requests.Timeout):
        return SpotifyUnreachable("Spotify did not answer in time.")
    return SpotifyUnreachable("Spotify could not be reached.")
