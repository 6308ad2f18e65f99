"""The index by which albums are searched and counted."""

from catalog.browsing.index import CatalogIndex


class Forgetful(dict[str, int]):
    """What a thread remembers while another one forgets it all."""

    def __setitem__(self, word: str, albums: int) -> None:
        """Remember nothing for longer than it takes."""


def test_a_word_is_found_even_if_another_thread_forgets_it_at_once() -> None:
    index = CatalogIndex(texts=("low tide", "ebb", "high tide"), sets={}, names={}, _words=Forgetful())
    assert index.found(("tide",)) == 0b101
    assert index.found(("tide", "low")) == 0b001
