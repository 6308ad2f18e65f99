"""What an import does to the catalog, and what it says about it."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import psycopg
import pytest
from django.db import OperationalError, connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from catalog.browsing.filters import Filters
from catalog.models import Album, AlbumChange, Artist, Genre, RowIssue, SpotifyAlbum
from catalog.presentation.albums import players_for
from catalog.services import run_context
from catalog.services.errors import DatabaseTrouble
from catalog.services.sheet.releases import Issue, Release
from catalog.vocabulary.issues import IssueKind
from catalog.vocabulary.links import YOUTUBE
from demo.workbook_cells import build_workbook
from tests.support.factories import make_release
from tests.support.importing import changes_of, import_releases, seen_catalog, sync
from tests.support.sheets import SPOTIFY_ID, TAB, release_sheet, release_tab, sheet_row

pytestmark = pytest.mark.django_db

A, B = "A" * 22, "B" * 22


def releases(count: int) -> list[Release]:
    return [
        make_release(
            row=number, artist=f"Artist {number // 2}", title=f"Title {number}", genres=("Djent", f"G{number % 7}")
        )
        for number in range(1, count + 1)
    ]


def written(queries: CaptureQueriesContext, table: str = "catalog_album") -> list[str]:
    """Return the statements that write to a table."""
    return [
        query["sql"]
        for query in queries.captured_queries
        if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
        and f'"{table}"' in query["sql"].partition("WHERE")[0]
    ]


# Creating and updating ---------------------------------------------------------------------


def test_a_row_becomes_an_album_with_all_that_it_says() -> None:
    import_releases(
        [
            make_release(
                release_date=date(2025, 4, 11),
                release_precision="day",
                format="2xLP",
                is_debut=True,
                genres=("Djent", "Drone/Dark Ambient"),
                vocal_style="Clean",
                country="UK / US",
                country_codes=("GB", "US"),
                spotify_id=SPOTIFY_ID,
                bandcamp_url="https://a.bandcamp.com/album/b",
            )
        ]
    )
    album = Album.objects.select_related("artist", "vocal_style", "spotify").get()
    assert (album.artist.name, album.title, album.title_key) == ("Lantern Fall", "Salt Meridian", "salt meridian")
    assert (album.release_date, album.release_precision, album.sort_date) == (
        date(2025, 4, 11),
        "day",
        date(2025, 4, 11),
    )
    assert (album.format, album.is_debut, album.is_reissue) == ("2xLP", True, False)
    assert {genre.name for genre in album.genres.all()} == {"Djent", "Drone/Dark Ambient"}
    assert str(album.vocal_style) == "Clean"
    assert (album.country, album.country_codes) == ("UK / US", "GB US")
    assert list(SpotifyAlbum.objects.values_list("pk", "state")) == [(SPOTIFY_ID, SpotifyAlbum.State.UNCHECKED)]
    assert (album.bandcamp_url, album.tab, album.row) == ("https://a.bandcamp.com/album/b", "2025 Prog-metal", 7)


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"release_date": date(2025, 4, 11)}, date(2025, 4, 11)),
        ({}, date(2025, 1, 1)),
        ({"release_year": None}, date(1, 1, 1)),
    ],
)
def test_an_album_without_a_day_is_ordered_at_the_start_of_its_year(fields: dict[str, object], day: date) -> None:
    import_releases([make_release(**fields)])
    assert Album.objects.get().sort_date == day


@pytest.mark.parametrize(
    ("fields", "is_playable"),
    [
        ({}, False),
        ({"spotify_id": A}, True),
        ({"bandcamp_url": "https://lanternfall.bandcamp.com/album/ebb"}, True),
        ({"bandcamp_url": "https://lanternfall.bandcamp.com/releases"}, False),
    ],
)
def test_an_album_can_be_played_where_its_page_has_a_player(fields: dict[str, str], is_playable: bool) -> None:
    import_releases([make_release(**fields)])
    album = Album.objects.get()
    assert (album.has_player, bool(players_for(album))) == (is_playable, is_playable)


def test_created_albums_are_counted_and_logged() -> None:
    result = import_releases(releases(3))
    assert result.counts == {"created": 3}
    assert result.changes == {("created", f"Title {number}"): {} for number in (1, 2, 3)}


@pytest.mark.parametrize(
    ("rule", "changed", "column", "value"),
    [
        ("section_of", lambda _tab: "mixed", "section", "mixed"),
        ("search_form", lambda text: f"{text} again", "search_text", "Salt Meridian | Lantern Fall |  |  again"),
        ("SERVICES", {"youtube": replace(YOUTUBE, player="{}", can_play=lambda _url: True)}, "has_player", True),
        ("YEAR_UNKNOWN", date(1900, 1, 1), "sort_date", date(1900, 1, 1)),
    ],
)
def test_a_changed_rule_reaches_the_albums_that_are_there(
    monkeypatch: pytest.MonkeyPatch, rule: str, changed: object, column: str, value: object
) -> None:
    import_releases([make_release(release_year=None)])
    before = Album.objects.values().get()
    monkeypatch.setattr(f"catalog.services.sheet.releases.{rule}", changed)
    result = import_releases([make_release(release_year=None)])
    after = Album.objects.values().get()
    assert {name for name in after if after[name] != before[name]} == {column, "fingerprint"}
    assert after[column] == value
    assert (result.counts, result.changes) == ({"skipped": 1}, {})


def test_an_edited_row_is_logged_with_old_and_new_values() -> None:
    before = make_release(
        spotify_id=A,
        genres=("Djent", "Doom"),
        vocal_style="Clean",
        release_date=date(2025, 4, 1),
        release_precision="month",
    )
    after = replace(
        before,
        artist="Lantern Rise",
        title="Salt Meridians",
        release_date=date(2025, 4, 11),
        release_precision="day",
        format="EP",
        is_debut=True,
        genres=("Djent", "Sludge"),
        vocal_style="Harsh",
        country="Finland",
        country_codes=("FI",),
        youtube_url="https://youtube.example/1",
        tab="2025 Prog-rock",
    )
    import_releases([before])
    result = import_releases([after])
    assert result.counts == {"updated": 1}
    assert result.changes == {
        ("updated", "Salt Meridians"): {
            "artist": ["Lantern Fall", "Lantern Rise"],
            "title": ["Salt Meridian", "Salt Meridians"],
            "release_date": ["2025-04", "2025-04-11"],
            "format": ["", "EP"],
            "is_debut": [False, True],
            "genres": [["Djent", "Doom"], ["Djent", "Sludge"]],
            "vocal_style": ["Clean", "Harsh"],
            "country": ["", "Finland"],
            "youtube_url": ["", "https://youtube.example/1"],
            "tab": ["2025 Prog-metal", "2025 Prog-rock"],
        }
    }
    assert Album.objects.count() == 1


def test_an_announced_date_replaces_the_text_in_the_log() -> None:
    import_releases([make_release(release_text="TBA")])
    result = import_releases([make_release(release_date=date(2025, 5, 9), release_precision="day")])
    assert result.changes == {("updated", "Salt Meridian"): {"release_date": ["TBA", "2025-05-09"]}}


def test_an_album_gains_changes_and_loses_its_spotify_album() -> None:
    import_releases([make_release()])
    for old, new in (("", A), (A, B), (B, "")):
        result = import_releases([make_release(spotify_id=new)])
        assert result.changes == {("updated", "Salt Meridian"): {"spotify": [old, new]}}
    assert set(SpotifyAlbum.objects.values_list("pk", flat=True)) == {A, B}


def test_a_new_spelling_of_the_artist_is_an_update_of_its_albums() -> None:
    import_releases([make_release(artist="lantern fall")])
    result = import_releases([make_release(artist="Lantern Fall")])
    assert result.changes == {("updated", "Salt Meridian"): {"artist": ["lantern fall", "Lantern Fall"]}}
    assert Artist.objects.get().name == "Lantern Fall"


def test_genres_keep_the_order_of_the_sheet() -> None:
    import_releases([make_release(genres=("Sludge", "Djent", "Ambient"))])
    result = import_releases([make_release(genres=("Djent", "Sludge", "Ambient"))])
    assert result.changes == {
        ("updated", "Salt Meridian"): {"genres": [["Sludge", "Djent", "Ambient"], ["Djent", "Sludge", "Ambient"]]}
    }
    (album,) = Album.objects.for_tiles()
    assert [genre.name for genre in album.genres.all()] == ["Djent", "Sludge", "Ambient"]


def genre_slugs() -> dict[str, str]:
    return dict(Genre.objects.values_list("name", "slug"))


@pytest.mark.parametrize("history", [("Emo Pop", "Emo-Pop", "Emo  pop!"), ("Emo  pop!", "Emo-Pop", "Emo Pop")])
def test_the_slug_of_a_genre_does_not_depend_on_when_it_came(history: tuple[str, ...]) -> None:
    names: list[str] = []
    for name in history:
        names.append(name)
        import_releases([make_release(genres=tuple(names))])
    slugs = genre_slugs()
    assert slugs["Emo-Pop"] == "emo-pop"
    Album.objects.all().delete()
    Genre.objects.all().delete()
    import_releases([make_release(genres=tuple(sorted(history)))])
    assert genre_slugs() == slugs


def test_numbered_slugs_of_an_older_catalog_are_replaced() -> None:
    Genre.objects.create(key="emo pop", name="Emo Pop", slug="emo-pop")
    Genre.objects.create(key="emo-pop", name="Emo-Pop", slug="emo-pop-2")
    import_releases([make_release(genres=("Emo Pop", "Emo-Pop"))])
    slugs = genre_slugs()
    assert slugs["Emo-Pop"] == "emo-pop"
    assert slugs["Emo Pop"].startswith("emo-pop-")
    assert slugs["Emo Pop"] != "emo-pop-2"


def test_a_genre_of_any_length_can_be_chosen() -> None:
    import_releases([make_release(genres=("Djent " * 80,)), make_release(title="Ebb", row=8, genres=("Djent " * 79,))])
    slugs = list(Genre.objects.values_list("slug", flat=True))
    assert len(set(slugs)) == 2
    assert all(Filters.from_query(QueryDict(f"genre={slug}")).choices == {"genre": (slug,)} for slug in slugs)


def test_genres_show_their_most_frequent_spelling() -> None:
    import_releases(
        [
            make_release(row=row, title=f"{row}", genres=(name,))
            for row, name in enumerate(("djent", "Djent", "Djent"), 1)
        ]
    )
    assert [genre.name for genre in Genre.objects.all()] == ["Djent"]


# Nothing new -------------------------------------------------------------------------------


def test_a_second_import_of_the_same_sheet_writes_no_album(tmp_path: Path) -> None:
    sheet = release_sheet(*({"Album": f"Title {number}", "Spotify": None} for number in range(30)))
    first = sync(sheet, tmp_path)
    with CaptureQueriesContext(connection) as queries:
        second = sync(sheet, tmp_path)
    assert first.albums_created == 30
    assert (second.albums_created, second.albums_updated, second.albums_skipped) == (0, 0, 30)
    assert changes_of(second) == {}
    for table in ("album", "album_genres", "artist", "genre", "vocalstyle", "spotifyalbum"):
        assert written(queries, f"catalog_{table}") == []


def test_a_row_inserted_on_top_moves_the_others_without_a_change(tmp_path: Path) -> None:
    rows = [{"Album": f"Title {number}", "Spotify": None} for number in range(30)]
    sync(release_sheet(*rows), tmp_path)
    updated_at = dict(Album.objects.values_list("title", "updated_at"))
    record = sync(release_sheet({"Album": "On top", "Spotify": None}, *rows), tmp_path)
    assert changes_of(record) == {("created", "On top"): {}}
    assert (record.albums_created, record.albums_updated, record.albums_skipped) == (1, 0, 30)
    places = dict(Album.objects.values_list("title", "row"))
    assert places == {"On top": 6} | {f"Title {number}": number + 7 for number in range(30)}
    assert updated_at.items() <= dict(Album.objects.values_list("title", "updated_at")).items()


@pytest.mark.parametrize("kind", ["created", "unchanged", "updated", "moved", "gone"])
def test_the_number_of_queries_does_not_grow_with_the_albums(kind: str) -> None:

    def queries_for(count: int) -> int:
        Album.objects.all().delete()
        before = releases(count)
        after = {
            "created": before,
            "unchanged": before,
            "updated": [replace(release, format="EP", genres=("Doom",)) for release in before],
            "moved": [replace(release, row=release.row + 1) for release in before],
            "gone": before[:1],
        }[kind]
        if kind != "created":
            import_releases(before)
        with CaptureQueriesContext(connection) as queries:
            import_releases(after)
        return len(queries)

    import_releases(releases(100))  # So that no artist and no genre is new below.
    import_releases([replace(release, genres=("Doom",)) for release in releases(100)])
    # SQLite takes 999 values in a statement, which makes about thirty albums.
    assert queries_for(100) - queries_for(5) <= 8


# Failures ----------------------------------------------------------------------------------


def test_long_names_in_wide_letters_are_imported() -> None:
    wide = replace(releases(1)[0], artist="𒀀" * 380, title="𒁀" * 380)
    assert import_releases([*releases(2)[1:], wide]).counts == {"created": 2}


@pytest.mark.parametrize("sqlstate", ["54000", "40001"])
def test_only_what_passes_is_tried_again(monkeypatch: pytest.MonkeyPatch, sqlstate: str) -> None:
    monkeypatch.setattr(run_context, "RETRY_PAUSES_SECONDS", (0,))
    tries: list[int] = []

    def attempt() -> None:
        tries.append(1)
        cause = psycopg.OperationalError()
        cause.sqlstate = sqlstate
        raise OperationalError from cause

    with pytest.raises(OperationalError if sqlstate == "54000" else DatabaseTrouble):
        run_context.retry_while_busy(attempt)
    assert len(tries) == (1 if sqlstate == "54000" else 2)


REASON = "it breaks one of the rules of the database"


def test_a_row_that_the_database_refuses_takes_no_other_row_with_it() -> None:
    rows = releases(20)
    rows[7] = replace(rows[7], row=-1)  # Both databases check that it is not negative.
    result = import_releases(rows)
    assert result.counts == {"created": 19}
    assert result.failures == [
        Issue("2025 Prog-metal", -1, IssueKind.NOT_IMPORTED, f"{rows[7].artist} – {rows[7].title}: {REASON}")
    ]
    assert Album.objects.count() == AlbumChange.objects.count() == 19
    assert not Album.objects.filter(title=rows[7].title).exists()


def test_an_update_that_the_database_refuses_leaves_the_album_as_it_was() -> None:
    rows = releases(20)
    import_releases(rows)
    rows = [replace(release, format="EP", genres=("Doom",)) for release in rows]
    rows[7] = replace(rows[7], row=-1)
    result = import_releases(rows)
    assert result.counts == {"updated": 19}
    assert [(failure.row, failure.detail.endswith(REASON)) for failure in result.failures] == [(-1, True)]
    refused = Album.objects.get(title=rows[7].title)
    assert (refused.format, refused.row, refused.withdrawn_at) == ("", 8, None)
    assert sorted(genre.name for genre in refused.genres.all()) == ["Djent", "G1"]
    assert Album.objects.filter(format="EP").count() == 19


def test_the_next_import_completes_what_failed() -> None:
    rows = releases(3)
    import_releases([replace(rows[0], row=-1), *rows[1:]])
    result = import_releases(rows)
    assert result.counts == {"created": 1, "skipped": 2}


# Only the newest export counts -------------------------------------------------------------


def random_rows(random: Random) -> list[Release]:
    """Return rows over few names and links, so that they merge, clash, move and are renamed."""
    tabs = ("2025 Prog-metal", "2025 Prog-rock", "2024 Prog-metal")
    return [
        make_release(
            tab=tabs[min(row // 5, 2)],
            row=row,
            artist=random.choice(("Ash", "ash", "Birch", "Cedar")),
            title=random.choice(("One", "ONE", "Two", "Three")),
            spotify_id=random.choice(("", "", A, B, "C" * 22)),
            bandcamp_url=random.choice(("", "https://a.bandcamp.com/album/1", "https://a.bandcamp.com/album/2")),
            format=random.choice(("LP", "EP")),
            genres=tuple(random.sample(("Djent", "djent", "Doom", "DOOM"), 1)),
            vocal_style=random.choice(("", "Clean", "Harsh")),
            release_text=random.choice(("", "TBA")),
        )
        for row in range(random.randrange(1, 16))
    ]


@pytest.mark.parametrize("seed", range(25))
def test_importing_one_sheet_after_another_gives_the_catalog_of_the_last(seed: int) -> None:
    random = Random(seed)  # noqa: S311  (it has to repeat)
    first, second, last = random_rows(random), random_rows(random), random_rows(random)
    import_releases(last)
    alone = seen_catalog()
    for model in (Album, Artist, Genre):
        model.objects.all().delete()
    for sheet in (first, second, last):
        import_releases(sheet)
    assert seen_catalog() == alone
    assert import_releases(last).counts == {"skipped": len(alone)}


def test_findings_of_a_run_are_kept_with_its_record(tmp_path: Path) -> None:
    record = sync(release_sheet({"Album": None}, {"Vocal Style": "Whispered"}), tmp_path)
    issues = RowIssue.objects.filter(record=record).values_list("tab", "row", "kind", "detail")
    assert list(issues) == [(TAB, 6, "no_title", "Lantern Fall"), (TAB, 7, "unknown_vocals", "Whispered")]
    assert (record.issues_found, record.incomplete_rows, record.rows) == (2, 1, 1)


def test_a_finding_names_an_album_within_its_own_length(tmp_path: Path) -> None:
    long = {"Artist": "A" * 500, "Album": "T" * 500}
    record = sync(release_sheet(long, long, {"Album": "Ebb"}), tmp_path)
    findings = dict(RowIssue.objects.filter(record=record).values_list("kind", "detail"))
    assert findings.keys() == {"duplicate", "shared_spotify"}
    assert findings["duplicate"].endswith(f"A…: see {TAB}, row 6")
    # PostgreSQL refuses a longer one, and with it the whole run.
    assert max(map(len, findings.values())) <= 500


def test_the_newest_tab_wins_wherever_it_stands(tmp_path: Path) -> None:
    tabs = {name: release_tab(sheet_row({"Length": length})) for name, length in (("2017", "EP"), ("2026", "LP"))}
    sync(build_workbook(tabs), tmp_path)
    assert list(Album.objects.values_list("tab", "format")) == [("2026", "LP")]
