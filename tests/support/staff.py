"""Somebody of the staff in a browser."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from tests.support.catalog_page import CatalogPage
from tests.support.site_rows import SiteRows

NAME, PASSWORD = "curator", "a password for tests"


def log_in_as_staff(rows: SiteRows, catalog: CatalogPage) -> None:
    """Make an account anew, for the tests of a browser share one site, and log in with it through the form."""
    rows.execute("DELETE FROM auth_user WHERE username = ?", NAME)
    rows.execute(
        "INSERT INTO auth_user (username, password, is_staff, is_active, is_superuser, "
        "first_name, last_name, email, date_joined) VALUES (?, ?, 1, 1, 0, '', '', '', datetime('now'))",
        NAME,
        # The login stores it anew with as many rounds as the site's settings ask for.
        PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1),
    )
    page = catalog.page
    page.goto(catalog.url.replace("/catalog/", "/accounts/login/"))
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/catalog/")
