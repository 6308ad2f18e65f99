"""The index by which albums are searched and counted."""

from collections.abc import Iterator

import pytest

from catalog.browsing.index import CatalogIndex


class Forgetful(dict[str, int]):
    """What a thread remembers while another one forgets it all."""

    def __setitem__(self, word: str, albums: int) -> None:
        """Remember nothing for longer than it takes."""


def test_a_word_is_found_even_if_another_thread_forgets_it_at_once() -> None:
    index = CatalogIndex(texts=("low tide", "ebb", "high tide"), sets={}, names={}, _words=Forgetful())
    assert index.found(("tide",)) == 0b101
    assert index.found(("tide", "low")) == 0b001


class CountedTexts(list[str]):
    """Texts that count how often they are gone through."""

    times_read = 0

    def __iter__(self) -> Iterator[str]:
        self.times_read += 1
        return super().__iter__()


@pytest.mark.parametrize(("other_words", "times_read"), [(199, 0), (200, 1)])
def test_two_hundred_words_are_remembered_and_no_more(other_words: int, times_read: int) -> None:
    texts = CountedTexts(("low tide", "ebb"))
    index = CatalogIndex(texts=texts, sets={}, names={})
    for word in ("tide", *(f"word {number}" for number in range(other_words))):
        index.found((word,))
    before = texts.times_read
    assert index.found(("tide",)) == 0b01
    assert texts.times_read - before == times_read
