"""Folding of names, so that spellings which a reader takes for the same are the same."""

import unicodedata
from hashlib import blake2b

KEY_LENGTH = 400  # Characters; PostgreSQL indexes at most about 2,700 bytes.


def fold(text: str) -> str:
    """Return the comparison form of a name: NFKC, case-folded, white space collapsed.

    A form that would not fit an index ends in a hash of the whole instead.
    """
    folded = " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())
    if len(folded) <= KEY_LENGTH:
        return folded
    digest = blake2b(folded.encode(), digest_size=16).hexdigest()
    return folded[: KEY_LENGTH - len(digest)] + digest
