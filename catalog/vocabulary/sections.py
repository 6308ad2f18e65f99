"""The kinds of tabs that the sheet has, by value, with their names for people."""

MIXED = "mixed"
SECTIONS = {
    "prog-metal": "Prog-metal",
    "prog-rock": "Prog-rock",
    "reissues": "Reissues & specials",
    MIXED: "Metal and rock",
}


def section_of(tab: str) -> str:
    """Return which section a tab belongs to, by its name."""
    name = tab.casefold()
    if "reissue" in name:
        return "reissues"
    if "rock" in name:
        return "prog-rock"
    return "prog-metal" if "metal" in name else MIXED
