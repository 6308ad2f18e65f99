"""`python -m tests.soak`: a line for each part at the end, and exit status 1 where something did not hold."""

import sys
from collections.abc import Callable
from time import monotonic

from tests.soak.faults import try_faults
from tests.soak.kills import try_kills
from tests.soak.outcome import Outcome
from tests.soak.payloads import try_payloads
from tests.soak.slow_clients import try_slow_clients
from tests.soak.triggers import try_triggers
from tests.support.postgres import temporary_postgres

PARTS: dict[str, Callable[[str], Outcome]] = {
    "triggers": try_triggers,
    "kills": try_kills,
    "faults": try_faults,
    "payloads": try_payloads,
    "slow_clients": try_slow_clients,
}


def main(chosen: list[str]) -> int:
    """Run the parts named, or all of them."""
    began = monotonic()
    outcomes = []
    with temporary_postgres() as postgres_url:
        for name in chosen or PARTS:
            print(f"{name} …", flush=True)
            outcomes.append(PARTS[name](postgres_url))
            print(f"  {monotonic() - began:.0f} s since the start", flush=True)
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    print("\n".join(f"FAILED {failure}" for failure in failures), end="\n" if failures else "")
    print("\n".join(outcome.line for outcome in outcomes))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
