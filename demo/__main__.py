"""Runs the stand-in as a process of its own, until its standard input is closed."""

import argparse
import json
import sys
from datetime import date

from demo.behaviour import Behaviour
from demo.sample import sample_releases
from demo.standin import StandIn


def main() -> None:
    """Print the settings that lead to the stand-in as one line of JSON, and stop when the input ends."""
    options = _options()
    releases = sample_releases(options.albums, today=date.today())  # noqa: DTZ011  (the visitor's own day)
    behaviour = Behaviour(pace_seconds=options.pace)
    with StandIn(releases, port=options.port, behaviour=behaviour) as standin:
        addresses = {
            "GOOGLE_SHEETS_XLSX_URL": standin.sheet_url,
            "SPOTIFY_API_URL": standin.spotify_api_url,
            "SPOTIFY_TOKEN_URL": standin.spotify_token_url,
            "SPOTIFY_CLIENT_ID": standin.client_id,
            "SPOTIFY_CLIENT_SECRET": standin.client_secret,
        }
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        # The end of the parent, however it comes, ends the input too.
        sys.stdin.read()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--albums", type=int, default=240)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pace", type=float, default=0.0, help="how many seconds a run should take")
    return parser.parse_args()


if __name__ == "__main__":
    main()
