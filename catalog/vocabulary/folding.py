"""Folded forms of names: spellings that a reader takes for the same have the same form."""

import unicodedata
from hashlib import blake2b

KEY_LENGTH = 400
KEY_BYTES = 1200  # PostgreSQL indexes about 2,700 bytes at most, and two keys stand in one index.


def fold_fully(text: str) -> str:
    """Return the comparison form of a text: NFKC, case-folded, white space collapsed."""
    if text.isascii():  # Most names are; normalising would change nothing.
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def fold(text: str) -> str:
    """Return the comparison form of a name, short enough for an index: a longer one ends in a hash of the whole."""
    folded = fold_fully(text)
    octets = folded.encode()
    if len(folded) <= KEY_LENGTH and len(octets) <= KEY_BYTES:
        return folded
    digest = blake2b(octets, digest_size=16).hexdigest()
    start = octets[: KEY_BYTES - len(digest)].decode(errors="ignore")
    return start[: KEY_LENGTH - len(digest)] + digest


def search_form(text: str) -> str:
    """Return text as searches compare it: folded, and without accents."""
    folded = fold_fully(text)
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
