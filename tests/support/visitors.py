"""Visitors of a running site who press Sync Now."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import requests
from requests.adapters import HTTPAdapter

from tests.support.site import Site

TIMEOUT_SECONDS = 60
MOST_AT_ONCE = 1000


class Visitor:
    """One browser: it has opened the catalog, so it has the cookie and the token."""

    def __init__(self, site: Site) -> None:
        self._url = site.url
        self._session = requests.Session()
        self._session.trust_env = False
        # Room for a crowd that shares one visitor's cookie.
        self._session.mount("http://", HTTPAdapter(pool_maxsize=MOST_AT_ONCE))
        # A connection that is kept may be closed by the server in the moment in which it is used again.
        self._session.headers["Connection"] = "close"
        self._session.get(f"{site.url}/catalog/", timeout=TIMEOUT_SECONDS).raise_for_status()

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *exception: object) -> None:
        self._session.close()

    def press(self) -> requests.Response:
        """Press Sync Now."""
        return self._post("trigger")

    def cancel(self) -> requests.Response:
        """Press Cancel."""
        return self._post("cancel")

    def status(self) -> requests.Response:
        """Read the status."""
        headers = {"HX-Request": "true"}
        return self._session.get(f"{self._url}/catalog/sync/status/", headers=headers, timeout=TIMEOUT_SECONDS)

    def sync_has_ended(self) -> str:
        """Return the events of a run's end, or nothing while it is active."""
        return self.status().headers.get("HX-Trigger", "")

    def _post(self, action: str) -> requests.Response:
        headers = {"HX-Request": "true", "X-CSRFToken": self._session.cookies["csrftoken"], "Referer": self._url}
        return self._session.post(f"{self._url}/catalog/sync/{action}/", headers=headers, timeout=TIMEOUT_SECONDS)


def press_at_once(visitors: list[Visitor]) -> list[requests.Response]:
    """Let all of them press in the same moment."""
    barrier = Barrier(len(visitors))

    def press(visitor: Visitor) -> requests.Response:
        barrier.wait(TIMEOUT_SECONDS)
        return visitor.press()

    with ThreadPoolExecutor(len(visitors)) as pool:
        return list(pool.map(press, visitors))
