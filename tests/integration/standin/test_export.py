"""The stand-in's export behaves as Google's."""

from time import monotonic

import pytest
import requests

from demo.behaviour import Export
from demo.standin import StandIn
from tests.integration.standin.asking import get


def test_the_export_redirects_to_a_chunked_workbook(standin: StandIn, session: requests.Session) -> None:
    response = get(session, standin.sheet_url)
    assert response.content == standin.workbook
    assert response.content.startswith(b"PK\x03\x04")
    assert response.history[0].status_code == 307
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in response.headers
    assert "ETag" not in response.headers


def test_a_sheet_that_is_not_shared_answers_with_a_sign_in_page(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.SIGN_IN
    response = get(session, standin.sheet_url)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert "/signin/" in response.url
    assert "Sign in" in response.text


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_the_export_can_fail_with_a_status(standin: StandIn, session: requests.Session, status: int) -> None:
    standin.behaviour.export_status = status
    assert get(session, standin.sheet_url).status_code == status


def test_the_export_can_be_a_web_page(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.HTML
    response = get(session, standin.sheet_url)
    assert (response.status_code, response.text[:9]) == (200, "<!doctype")


def test_the_export_can_be_no_workbook(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.GARBAGE
    response = get(session, standin.sheet_url)
    assert response.status_code == 200
    assert not response.content.startswith(b"PK")


def test_the_export_can_break_off(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.TRUNCATED
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(session, standin.sheet_url)


def test_the_export_can_be_reset(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.RESET
    with pytest.raises(requests.exceptions.ConnectionError, match="reset"):
        get(session, standin.sheet_url)


def test_the_export_can_go_on_for_ever(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export = Export.ENDLESS
    received = 0
    with get(session, standin.sheet_url, stream=True) as response:
        for piece in response.iter_content(65_536):
            received += len(piece)
            if received > 20 * len(standin.workbook):
                break
    assert received > 20 * len(standin.workbook)


def test_the_export_can_be_slow(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export_bytes_per_second = len(standin.workbook) * 2
    began = monotonic()
    response = get(session, standin.sheet_url)
    assert monotonic() - began > 0.25  # Half a second in full.
    assert response.content == standin.workbook


def test_redirects_can_loop(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export_redirect = "loop"
    with pytest.raises(requests.exceptions.TooManyRedirects):
        get(session, standin.sheet_url)


def test_redirects_can_lead_elsewhere(standin: StandIn, session: requests.Session) -> None:
    standin.behaviour.export_redirect = "http://192.0.2.1/elsewhere"
    response = get(session, standin.sheet_url, allow_redirects=False)
    assert response.headers["Location"] == "http://192.0.2.1/elsewhere"


def test_the_workbook_can_be_replaced(standin: StandIn, session: requests.Session) -> None:
    standin.workbook = b"PK\x03\x04 another"
    assert get(session, standin.sheet_url).content == b"PK\x03\x04 another"
