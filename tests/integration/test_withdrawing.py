"""What an import hides because the sheet no longer lists it, and when it does not."""

from pathlib import Path

import pytest
from django.utils import timezone

from catalog.models import Album
from catalog.services.sheet.releases import Release
from demo.workbook_cells import build_workbook
from tests.support.factories import make_release
from tests.support.importing import import_releases, sync
from tests.support.sheets import TAB, bandcamp_link, release_sheet, release_tab, sheet_row

pytestmark = pytest.mark.django_db


def releases(count: int) -> list[Release]:
    return [make_release(row=number, title=f"Title {number}") for number in range(1, count + 1)]


def test_what_is_gone_is_hidden_and_comes_back_as_the_same_album() -> None:
    both = releases(2)
    import_releases(both)
    pk = Album.objects.get(title="Title 2").pk
    gone = import_releases(both[:1])
    assert (gone.counts["withdrawn"], gone.changes) == (1, {("withdrawn", "Title 2"): {}})
    assert [album.title for album in Album.objects.visible()] == ["Title 1"]
    back = import_releases(both)
    assert (back.counts["restored"], back.changes) == (1, {("restored", "Title 2"): {}})
    assert Album.objects.visible().get(title="Title 2").pk == pk


def test_a_restored_album_tells_what_changed_meanwhile() -> None:
    import_releases([make_release(format="LP"), make_release(title="Ebb")])
    import_releases([make_release(title="Ebb")])
    back = import_releases([make_release(format="EP"), make_release(title="Ebb")])
    assert back.changes == {("restored", "Salt Meridian"): {"format": ["LP", "EP"]}}


def rows_of_tab(name: str, count: int) -> list[tuple[str, dict[str, str | None]]]:
    return [
        (name, {"Artist": f"{name} {number}", "Album": f"Title {number}", "Spotify": None}) for number in range(count)
    ]


def workbook(metal: int, rock: int | None) -> bytes:
    """Return a sheet of two tabs with so many rows; None deletes the second one."""
    tabs = {TAB: release_tab(*(sheet_row(cells) for _, cells in rows_of_tab("Metal", metal)))}
    if rock is not None:
        tabs["2025 Prog-rock"] = release_tab(*(sheet_row(cells) for _, cells in rows_of_tab("Rock", rock)))
    return build_workbook(tabs)


@pytest.mark.parametrize(
    ("metal", "rock", "reason"),
    [
        (60, 0, "The tab “2025 Prog-rock” no longer lists any release."),
        (60, None, "The tab “2025 Prog-rock” no longer lists any release."),
        (6, 4, "The sheet no longer lists 60 of 70 albums."),
    ],
)
def test_a_sheet_that_cannot_be_believed_withdraws_nothing_and_says_why(
    tmp_path: Path, metal: int, rock: int | None, reason: str
) -> None:
    sync(workbook(60, 10), tmp_path)
    record = sync(workbook(metal, rock), tmp_path)
    assert record.albums_withdrawn == 0
    assert Album.objects.visible().count() == record.total_albums_in_catalog == 70
    assert reason in record.notices
    assert record.notices[-1] == "Nothing was withdrawn from the catalog in this run."


def test_a_tab_without_its_album_column_withdraws_nothing_and_says_why(tmp_path: Path) -> None:
    sync(workbook(60, 10), tmp_path)
    columns = ("Artist", "Release Date", "Length")
    broken = release_tab(("Rock 0", "April", "LP"), columns=columns)
    metal = release_tab(*(sheet_row(cells) for _, cells in rows_of_tab("Metal", 59)))
    record = sync(build_workbook({TAB: metal, "2025 Prog-rock": broken}), tmp_path)
    assert record.albums_withdrawn == 0
    assert "The tab “2025 Prog-rock” could not be read: The column Album is missing." in record.notices


def test_withdrawals_can_be_accepted(tmp_path: Path) -> None:
    sync(workbook(60, 10), tmp_path)
    record = sync(workbook(6, None), tmp_path, accept_withdrawals=True)
    assert record.albums_withdrawn == 64
    assert Album.objects.visible().count() == 6


def test_a_few_missing_rows_are_withdrawn_without_asking(tmp_path: Path) -> None:
    sync(workbook(60, 10), tmp_path)
    record = sync(workbook(57, 9), tmp_path)
    assert (record.albums_withdrawn, record.notices) == (4, [])


def test_a_run_notes_only_so_many_tabs(tmp_path: Path) -> None:
    sync(build_workbook({TAB: release_tab(sheet_row({}))}), tmp_path)
    tabs = {f"{year} Prog-metal": release_tab(sheet_row({})) for year in range(2000, 2100)}
    notices = sync(build_workbook(tabs), tmp_path).notices
    assert (len(notices), notices[-1]) == (31, "And 69 more.")


@pytest.mark.parametrize("accept", [False, True])
def test_a_tab_pasted_as_values_keeps_its_links_until_that_is_accepted(tmp_path: Path, accept: bool) -> None:
    rows = [{"Album": f"Title {number}", "Bandcamp": bandcamp_link(f"album/{number}")} for number in range(10)]
    plain = [{"Album": f"Title {number}", "Bandcamp": "BC"} for number in range(10)]
    sync(release_sheet(*rows), tmp_path)
    record = sync(release_sheet(*plain), tmp_path, accept_withdrawals=accept)
    linked = Album.objects.exclude(bandcamp_url="").count()
    notice = f"The tab “{TAB}” lost 10 of 10 Bandcamp links. They were kept in this run."
    assert (linked, record.notices) == ((0, []) if accept else (10, [notice]))


def test_an_album_that_was_restored_has_no_withdrawal_left() -> None:
    import_releases(releases(1))
    Album.objects.update(withdrawn_at=timezone.now())
    import_releases(releases(1))
    assert Album.objects.get().withdrawn_at is None


# What is said of tabs ----------------------------------------------------------------------


def test_a_tab_that_is_missing_is_named_once(tmp_path: Path) -> None:
    sync(workbook(60, 10), tmp_path)
    for _ in range(2):
        record = sync(workbook(60, None), tmp_path)
        assert record.notices == [
            "The tab “2025 Prog-rock” no longer lists any release.",
            "Nothing was withdrawn from the catalog in this run.",
        ]


def test_a_tab_that_cannot_be_read_is_named_once(tmp_path: Path) -> None:
    sync(workbook(60, 10), tmp_path)
    metal = release_tab(*(sheet_row(cells) for _, cells in rows_of_tab("Metal", 60)))
    broken = release_tab(("Rock 0", "April", "LP"), columns=("Artist", "Release Date", "Length"))
    record = sync(build_workbook({TAB: metal, "2025 Prog-rock": broken}), tmp_path)
    assert record.notices == [
        "The tab “2025 Prog-rock” could not be read: The column Album is missing.",
        "Nothing was withdrawn from the catalog in this run.",
    ]


def test_a_tab_that_was_missing_once_and_is_back_is_not_new(tmp_path: Path) -> None:
    for rock in (10, None):
        sync(workbook(60, rock), tmp_path)
    assert sync(workbook(60, 10), tmp_path).notices == []


def test_a_tab_whose_albums_all_stand_elsewhere_too_is_new_once(tmp_path: Path) -> None:
    sync(workbook(60, None), tmp_path)
    metal = release_tab(*(sheet_row(cells) for _, cells in rows_of_tab("Metal", 60)))
    best = release_tab(*(sheet_row(cells) for _, cells in rows_of_tab("Metal", 3)))
    both = build_workbook({TAB: metal, "2024 Best of": best})
    assert [sync(both, tmp_path).notices for _ in range(2)] == [["New tab: “2024 Best of”."], []]


def test_a_tab_that_was_deleted_after_its_rows_had_moved_is_gone(tmp_path: Path) -> None:
    both = rows_of_tab("Metal", 60)
    halves = {"2025 Prog-rock": rows_of_tab("Rock", 4), "2025 Post-rock": rows_of_tab("Post", 30)}
    tabs = {name: release_tab(*(sheet_row(cells) for _, cells in rows)) for name, rows in halves.items()}
    metal = release_tab(*(sheet_row(cells) for _, cells in both))
    sync(build_workbook({TAB: metal, **tabs}), tmp_path)
    rock = rows_of_tab("Rock", 4)
    more = release_tab(*(sheet_row(cells) for _, cells in [*both, *rock[:2]]))
    post = release_tab(*(sheet_row(cells) for _, cells in [*halves["2025 Post-rock"], *rock[2:]]))
    record = sync(build_workbook({TAB: more, "2025 Post-rock": post}), tmp_path)
    assert record.notices == ["The tab “2025 Prog-rock” is gone."]
