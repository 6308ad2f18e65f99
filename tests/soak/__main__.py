"""`python -m tests.soak`: lines for each part at the end, and exit status 1 where something did not hold."""

import sys
from collections.abc import Callable
from functools import partial
from time import monotonic

from tests.soak.disturbances import try_disturbances
from tests.soak.endurance import try_endurance
from tests.soak.faults import try_faults
from tests.soak.kills import try_kills
from tests.soak.outcome import Outcome, side_by_side
from tests.soak.payloads import try_payloads
from tests.soak.slow_clients import try_slow_clients
from tests.soak.triggers import try_triggers
from tests.support.postgres import temporary_postgres

Part = Callable[[str], Outcome]

# Parts of one group run side by side, because one of them waits most of its time. What measures seconds runs alone.
GROUPS: tuple[dict[str, Part], ...] = (
    {"disturbances": try_disturbances},
    {"slow_clients": try_slow_clients},
    {"triggers": try_triggers},
    {"kills": try_kills, "endurance": try_endurance},
    {"faults": try_faults, "payloads": try_payloads},
)


def main(chosen: list[str]) -> int:
    """Run the parts named, or all of them."""
    outcomes: list[Outcome] = []
    with temporary_postgres() as postgres_url:
        for group in GROUPS:
            parts = {name: part for name, part in group.items() if name in chosen or not chosen}
            outcomes += side_by_side(*(partial(_try, name, part, postgres_url) for name, part in parts.items()))
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    print("\n".join(f"FAILED {failure}" for failure in failures), end="\n" if failures else "")
    print("\n".join(outcome.line for outcome in outcomes))
    return 1 if failures else 0


def _try(name: str, part: Part, postgres_url: str) -> Outcome:
    print(f"{name} …", flush=True)
    began = monotonic()
    outcome = part(postgres_url)
    print(f"  {name} took {monotonic() - began:.0f} s", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
