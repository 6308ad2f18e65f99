"""Somebody of the staff in a browser."""

from playwright.sync_api import Page

from tests.support.site import Site

NAME, PASSWORD = "curator", "a password for tests"
MAKE_STAFF = f"""
from django.contrib.auth.models import User
User.objects.filter(username="{NAME}").delete()
User.objects.create_user("{NAME}", password="{PASSWORD}", is_staff=True)
"""


def log_in_as_staff(site: Site, page: Page) -> None:
    """Make an account anew, for the tests of a browser share one site, and log in with it through the form."""
    site.manage("shell", "--command", MAKE_STAFF)
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/catalog/")
