"""A POST to an address that an admin has set: bounded in time, never redirected, kept out of private networks.

The time-outs of requests are for each read alone, so a server that answers byte by byte would hold a thread for
good; here the connection is shut down when the time for the whole call is over.
"""

from contextlib import suppress
from functools import partial
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from socket import SHUT_RDWR, socket
from time import monotonic
from typing import TYPE_CHECKING, Any

from catalog.services.background import start_aside

if TYPE_CHECKING:
    import requests

READ_SECONDS = 5
WHOLE_CALL_SECONDS = 10
TOOK_TOO_LONG = f"It took more than {WHOLE_CALL_SECONDS} seconds."


class NotDelivered(Exception):
    """The address could not be told; the words name neither the address nor what it was told."""


class Post:
    """A POST that is under way in a thread of its own; to begin one may raise `NotDelivered` too."""

    def __init__(self, url: str, *, body: bytes, content_type: str, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._deadline = monotonic() + WHOLE_CALL_SECONDS
        self._connections: list[socket] = []
        try:
            send, too_late = partial(self._send, url, body, content_type), NotDelivered(TOOK_TOO_LONG)
            self._answer = start_aside(send, limit_seconds=WHOLE_CALL_SECONDS, too_late=too_late)
        except RuntimeError as error:
            raise NotDelivered("This process is about to end.") from error

    def wait(self) -> None:
        """Return when the address has accepted the body; raises `NotDelivered`."""
        try:
            self._answer.result()
        finally:
            self._shut_down()

    def _send(self, url: str, body: bytes, content_type: str) -> None:
        import requests  # noqa: PLC0415  (only a notification needs it)

        options = {
            "data": body,
            "headers": {"Content-Type": content_type, "User-Agent": "progmetal"},
            "timeout": READ_SECONDS,
            "allow_redirects": False,
            "stream": True,  # The body of the answer is never read: there is nothing in it for us.
        }
        try:
            with self._session() as session, session.post(url, **options) as response:
                status = response.status_code
        except (requests.RequestException, ValueError) as error:
            raise NotDelivered(_what_broke(error)) from error
        finally:
            self._shut_down()
        # A redirect too: it could lead anywhere.
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise NotDelivered(f"It answered with status {status}.")

    def _session(self) -> "requests.Session":
        """Return a session of which every new connection is checked."""
        import requests  # noqa: PLC0415
        from requests.adapters import HTTPAdapter  # noqa: PLC0415

        post = self

        class Adapter(HTTPAdapter):
            def init_poolmanager(self, *args: Any, **options: Any) -> None:
                super().init_poolmanager(*args, **options)
                self.poolmanager.pool_classes_by_scheme = _guarded_pools(post)

        session = requests.Session()
        # Behind a proxy of the environment, the address really connected to would be the proxy's.
        session.trust_env = False
        session.mount("http://", Adapter())
        session.mount("https://", Adapter())
        return session

    def guard(self, connection: socket) -> None:
        """Refuse a new connection, before anything is sent over it, that must not be used."""
        if monotonic() > self._deadline:
            raise NotDelivered(TOOK_TOO_LONG)
        if not self._allow_private and not is_public(connection.getpeername()[0]):
            raise NotDelivered("Its host has a private address, and NOTIFY_PRIVATE is off.")
        # A copy: TLS takes the original away.
        self._connections.append(connection.dup())

    def _shut_down(self) -> None:
        while self._connections:
            connection = self._connections.pop()
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
            connection.close()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet."""
    ip = ip_address(address)
    return ((isinstance(ip, IPv6Address) and ip.ipv4_mapped) or ip).is_global


def _guarded_pools(post: Post) -> dict[str, Any]:
    """Return urllib3's pools with connections that `post` checks as soon as they are made."""
    from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: PLC0415
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool  # noqa: PLC0415

    class Guarded(HTTPConnection):
        def _new_conn(self) -> socket:
            connection = super()._new_conn()
            try:
                post.guard(connection)
            except NotDelivered:
                connection.close()
                raise
            return connection

    class GuardedTls(Guarded, HTTPSConnection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Guarded  # pyright: ignore[reportAssignmentType]

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = GuardedTls  # pyright: ignore[reportAssignmentType]

    return {"http": Pool, "https": TlsPool}


def _what_broke(error: Exception) -> str:
    from requests import exceptions  # noqa: PLC0415

    if isinstance(error, exceptions.Timeout):
        return "It did not answer in time."
    if isinstance(error, exceptions.SSLError):
        return "No secure connection to it could be made."
    return "It could not be reached."
