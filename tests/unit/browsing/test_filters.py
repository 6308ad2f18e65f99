"""What a query string asks for, and how it is written."""

import pytest
from django.http import QueryDict

from catalog.browsing.filters import MOST_LISTED, Facet, Filters, Option


def read(query: str) -> Filters:
    return Filters.from_query(QueryDict(query))


def make_facet(count: int, *, chosen: int | None = None) -> Facet:
    options = (Option(f"genre-{number}", f"Genre {number}", 100 - number, number == chosen) for number in range(count))
    return Facet("genre", "Genre", tuple(options))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=Opeth",
        "genre=djent&genre=sludge-metal&vocals=clean&year=2024&format=LP&country=FI&section=prog-rock",
        "month=2024-01&month=2024-09&month=2024-10&month=2024-12",
        "q=two+words&release=upcoming&debut=1&reissue=1&player=1&sort=artist",
    ],
)
def test_a_canonical_query_string_stays_as_it_is(query: str) -> None:
    assert read(query).query_string() == query


def test_page_and_page_size_are_no_part_of_it() -> None:
    assert read("q=opeth&page=3&page_size=25").query_string() == "q=opeth"


def test_groups_have_one_order_and_the_default_sort_is_left_out() -> None:
    assert read("sort=released&country=FI&genre=djent").query_string() == "genre=djent&country=FI"


@pytest.mark.parametrize(
    "query",
    [
        "year=20x4",
        "year=99999",
        "year=٢٠٢٤",
        "year=-2024",
        "country=XX",
        "country=fi",
        "country=Finland",
        "section=opera",
        "release=tomorrow",
        "debut=yes",
        "reissue=0",
        "player=2",
        "sort=price",
        "colour=red",
        "genre=",
        "genre=%00",
        "vocals=a%00b",
        f"format={'x' * 101}",
        "q=",
        "q=%20%20",
        "q=%00",
    ],
)
def test_what_makes_no_sense_is_ignored(query: str) -> None:
    filters = read(query)
    assert filters == Filters()
    assert not filters.is_active


def test_a_repeated_value_counts_once_and_a_flood_of_values_is_cut() -> None:
    assert read("genre=djent&genre=djent").choices == {"genre": ("djent",)}
    flood = "&".join(f"genre=g{number}" for number in range(500))
    assert read(flood).choices["genre"] == tuple(f"g{number}" for number in range(40))


def test_a_value_has_at_most_100_characters() -> None:
    longest = "x" * 100
    assert read(f"format={longest}&format={longest}x").choices == {"format": (longest,)}


def test_a_search_of_ten_thousand_characters_is_cut() -> None:
    assert read("q=" + "x" * 10_000).search == "x" * 200


def test_the_ninth_word_is_not_searched_for() -> None:
    eight = ("one", "two", "three", "four", "five", "six", "seven", "eight")
    assert Filters(" ".join(eight)).words == eight
    assert Filters(" ".join((*eight, "nine"))).words == eight


@pytest.mark.parametrize(
    ("search", "words"), [("Mère  LUMIÈRE", ("mere", "lumiere")), ("abc", ("abc",)), ("ab", ()), ("Ok", ())]
)
def test_words_are_folded_and_too_few_characters_ask_for_nothing(search: str, words: tuple[str, ...]) -> None:
    filters = Filters(search)
    assert filters.words == words
    assert filters.is_too_short == (not words)


def test_a_choice_can_be_taken_back_and_so_can_a_whole_group() -> None:
    filters = read("q=tide&genre=djent&genre=sludge&year=2024")
    assert filters.without("genre", "djent").query_string() == "q=tide&genre=sludge&year=2024"
    assert filters.without("genre").query_string() == "q=tide&year=2024"
    assert filters.without("year", "2024").query_string() == "q=tide&genre=djent&genre=sludge"


def test_a_short_group_keeps_its_order_whatever_is_chosen() -> None:
    facet = make_facet(MOST_LISTED, chosen=7)
    assert not facet.is_long
    assert facet.listed == facet.options


def test_a_long_group_lists_what_is_chosen_first_and_not_everything() -> None:
    facet = make_facet(MOST_LISTED + 5, chosen=MOST_LISTED + 2)
    assert facet.is_long
    assert len(facet.listed) == MOST_LISTED
    assert [option.value for option in facet.listed[:2]] == [f"genre-{MOST_LISTED + 2}", "genre-0"]
    assert facet.chosen == 1
