"""20,000 requests and 20 syncs at one server, and the memory of its processes before and after."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from demo.standin import StandIn
from tests.soak.faults import COMPLETED
from tests.soak.kills import workers
from tests.soak.outcome import Outcome, Stage, stage
from tests.soak.readers import POLL, Answer, addresses_of, ask
from tests.support.site import Site
from tests.support.syncing import invented_releases
from tests.support.visitors import Visitor
from tests.support.waiting import wait_until

REQUESTS, SYNCS, CLIENTS = 20_000, 20, 8
# Until each worker has done a sync and shown every page.
WARM_UP = 4
# For each round through all kinds of addresses: what browsers and monitors ask for most.
USUAL = ([POLL] * 6 + ["/healthz"] * 3 + ["/catalog/"]) * 10
SEARCHES = 5
# The catalog changes with each run.
RELEASES = (120, 130)
RUN_WITHIN_SECONDS = 120
MORE_MEGABYTES = 30


@dataclass(frozen=True)
class Round:
    """One sync, the answers to the requests beside it, and what the server held after both."""

    ended: str
    answers: list[Answer]
    megabytes: float


def try_endurance(_postgres_url: str) -> Outcome:
    """Sync and ask in rounds, of which the first warm the server up."""
    with stage(StandIn(), workers=2) as running, Visitor(running.site) as visitor, ThreadPoolExecutor(CLIENTS) as pool:
        rounds = [_round(running, visitor, pool, number) for number in range(WARM_UP + SYNCS)]
    before, after = rounds[WARM_UP - 1].megabytes, rounds[-1].megabytes
    print(f"  megabytes after each sync: {', '.join(f'{each.megabytes:.0f}' for each in rounds)}", flush=True)
    bad = [answer for each in rounds for answer in each.answers if not answer.is_good]
    outcome = Outcome()
    for each in rounds:
        outcome.check(holds=each.ended == COMPLETED, sentence=f"a sync of the endurance ended with {each.ended}")
    outcome.check(holds=not bad, sentence=f"answered in the endurance: {bad[:10]}")
    memory = f"memory of the processes: {before:.0f} MB before, {after:.0f} MB after"
    outcome.check(holds=after - before < MORE_MEGABYTES, sentence=memory)
    outcome.line = f"requests: {REQUESTS:,}; syncs: {SYNCS}; answered 5xx or not at all: {len(bad)}; {memory}"
    return outcome


def _round(running: Stage, visitor: Visitor, pool: ThreadPoolExecutor, number: int) -> Round:
    """Sync another sheet than before, while clients make their share of the requests."""
    running.standin.publish(invented_releases(RELEASES[number % len(RELEASES)]))
    visitor.press().raise_for_status()
    addresses = _addresses(running, number)
    answers = list(pool.map(lambda address: ask(running.site, address), addresses))
    ended = wait_until(visitor.sync_has_ended, RUN_WITHIN_SECONDS, lambda: visitor.status().text)
    return Round(ended, answers, _megabytes(running.site))


def _addresses(running: Stage, number: int) -> Sequence[str]:
    """Return the round's requests: each kind of address, searches that nobody made before, and the most usual ones."""
    searches = [f"/catalog/?q={number}-{at}" for at in range(SEARCHES)]
    return list(islice(cycle([*addresses_of(running), *searches, *USUAL]), REQUESTS // SYNCS))


def _megabytes(site: Site) -> float:
    """Return what the server's processes hold, each shared page divided among those that share it."""
    return sum(_proportional_kilobytes(process) for process in (site.pid, *workers(site))) / 1000


def _proportional_kilobytes(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
