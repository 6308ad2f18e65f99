"""How many requests the Spotify stage makes, against the stand-in over real sockets."""

from catalog.services.run_context import StepContext
from catalog.services.spotify.client import SpotifyClient
from catalog.services.spotify.enrichment import enrich
from demo.standin import StandIn
from tests.support.spotify import list_albums, make_payload, spotify_id


def requests(*, albums: int, with_batch: bool) -> dict[str, int]:
    """Enrich so many unchecked albums; return how many were, and all requests, those for tokens included."""
    list_albums(list(range(albums)))
    with StandIn() as standin:
        standin.behaviour.development_mode = not with_batch
        standin.albums.update({spotify_id(number): make_payload() for number in range(albums)})
        client = SpotifyClient(
            client_id=standin.client_id,
            client_secret=standin.client_secret,
            api_url=standin.spotify_api_url,
            token_url=standin.spotify_token_url,
        )
        result = enrich(client=client, context=StepContext(), request_limit=10 * albums)
        return {"enriched": result.enriched, "requests": len(standin.requests)}
