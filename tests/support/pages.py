"""Every page and file of the site, for what has to hold on each of them."""

from collections.abc import Iterable, Mapping

STATIC_PAGES = ("/catalog/", "/catalog/releases/", "/catalog/stats/", "/catalog/syncs/", "/accounts/login/")
FRAGMENTS = ("/catalog/sync/status/", "/catalog/facets/genre/", "/catalog/facets/country/")
FILES = (
    "/catalog/albums.atom",
    "/catalog/albums.ics",
    "/catalog/albums.json",
    "/catalog/albums.csv",
    "/catalog/worklists/no-spotify.tsv",
    "/catalog/worklists/dates.tsv",
)
MONITORS = ("/healthz", "/readyz", "/metrics")


def html_pages(*, albums: Iterable[int] = (), runs: Iterable[int] = ()) -> list[str]:
    """Return the addresses of all pages that a browser shows whole."""
    details = [f"/catalog/albums/{pk}/" for pk in albums]
    told = [address for pk in runs for address in (f"/catalog/syncs/{pk}/", f"/catalog/syncs/{pk}/issues/")]
    return [*STATIC_PAGES, *details, *told]


def all_addresses(*, albums: Iterable[int], runs: Iterable[int]) -> list[str]:
    """Return whatever can be asked for with GET."""
    runs = list(runs)
    reports = [f"/catalog/syncs/{pk}/{part}" for pk in runs for part in ("watch/", "issues.csv")]
    return [*html_pages(albums=albums, runs=runs), *FRAGMENTS, *FILES, *reports, *MONITORS]


def policy_of(headers: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the sources that each directive of the Content-Security-Policy allows, which come in any order."""
    directives = (part.split() for part in headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in directives}
