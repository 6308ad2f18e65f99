"""Files that are sent while they are being made."""

from catalog.views.downloads import CSV, download


def test_a_download_is_streamed_as_utf_8_under_its_name() -> None:
    response = download(iter(("Ætherløst\n", "2\n")), filename="rows.csv", content_type=CSV)
    assert b"".join(response) == "Ætherløst\n2\n".encode()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="rows.csv"'
