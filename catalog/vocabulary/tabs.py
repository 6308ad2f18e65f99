"""What the name of a tab says: its year and its section, with the sections' names for people."""

import re

MIXED = "mixed"
SECTIONS = {
    "prog-metal": "Prog-metal",
    "prog-rock": "Prog-rock",
    "reissues": "Reissues & specials",
    MIXED: "Metal and rock",
}


def section_of(tab: str) -> str:
    name = tab.casefold()
    if "reissue" in name:
        return "reissues"
    if "rock" in name:
        return "prog-rock"
    return "prog-metal" if "metal" in name else MIXED


def tab_year(name: str) -> int | None:
    match = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", name)
    return int(match[0]) if match else None
