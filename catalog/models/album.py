"""Albums: what the sheet says is stored on `Album`, what Spotify says on `SpotifyAlbum`; the sheet always wins."""

from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone

from catalog.models.optional_writes import write_if_possible
from catalog.vocabulary.dates import DatePrecision
from catalog.vocabulary.folding import KEY_LENGTH
from catalog.vocabulary.links import SERVICES, SPOTIFY, Service
from catalog.vocabulary.tabs import MIXED, SECTIONS

NAME_LENGTH = 500
RECENT_DAYS = 60  # Visitors look first for what came out in this time or is still to come.


class Artist(models.Model):
    """A band or musician; `key` is the folded name."""

    name = models.CharField(max_length=NAME_LENGTH)
    key = models.CharField(max_length=KEY_LENGTH, unique=True)

    class Meta:
        ordering = ("key",)

    def __str__(self) -> str:
        return self.name


class Genre(models.Model):
    """Only a curator sets `canonical`, the genre that this one is a variant of."""

    name = models.CharField(max_length=NAME_LENGTH)
    slug = models.SlugField(max_length=NAME_LENGTH, unique=True, allow_unicode=True)
    key = models.CharField(max_length=KEY_LENGTH, unique=True)
    canonical = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="variants")
    curated_at = models.DateTimeField(auto_now=True, null=True)  # When an admin saved it: a sync writes without `save`.

    class Meta:
        ordering = ("key",)

    def __str__(self) -> str:
        return self.name


class VocalStyle(models.Model):
    """One of the sheet's seven vocal styles, or a value of its own that fits none of them."""

    name = models.CharField(max_length=NAME_LENGTH, unique=True)
    slug = models.SlugField(max_length=NAME_LENGTH, unique=True, allow_unicode=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class SpotifyAlbumQuerySet(models.QuerySet["SpotifyAlbum"]):
    def listed(self) -> Self:
        return self.filter(Exists(Album.objects.visible().filter(spotify=OuterRef("pk"))))

    def due(self, now: datetime) -> Self:
        return self.listed().filter(Q(check_after__isnull=True) | Q(check_after__lte=now))

    def by_urgency(self, now: datetime) -> Self:
        """Recent and coming releases, then what visitors looked at, then the rest; what was answered before is last."""
        newest = Album.objects.visible().filter(spotify=OuterRef("pk")).order_by("-sort_date").values("sort_date")
        recent, viewed = Q(newest__gte=(now - timedelta(days=RECENT_DAYS)).date()), Q(viewed_at__isnull=False)
        return self.annotate(
            newest=Subquery(newest[:1]),
            is_recheck=Q(state__in=(SpotifyAlbum.State.FOUND, SpotifyAlbum.State.MISSING)),
            group=Case(When(recent, then=Value(0)), When(viewed, then=Value(1)), default=Value(2)),
            last_viewed=Case(When(~recent, then=F("viewed_at"))),
        ).order_by("is_recheck", "group", F("last_viewed").desc(nulls_last=True), "-newest", "pk")

    def note_interest(self, spotify_album: "SpotifyAlbum") -> None:
        """Note that a visitor looked at an album that was never checked, where the database can be written now."""
        if spotify_album.state == SpotifyAlbum.State.UNCHECKED and spotify_album.viewed_at is None:
            write_if_possible(lambda: self.filter(pk=spotify_album.pk).update(viewed_at=timezone.now()))


class SpotifyAlbum(models.Model):
    class State(models.TextChoices):
        UNCHECKED = "unchecked", "not checked yet"
        FOUND = "found", "found"
        MISSING = "missing", "not on Spotify"
        FAILED = "failed", "failed"

    spotify_id = models.CharField(primary_key=True, max_length=22)
    state = models.CharField(max_length=9, choices=State.choices, default=State.UNCHECKED)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    artist_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    cover_url = models.URLField(max_length=500, blank=True)
    cover_small_url = models.URLField(max_length=500, blank=True)
    release_date = models.DateField(null=True, blank=True)
    release_precision = models.CharField(max_length=5, choices=DatePrecision.choices(), blank=True)
    total_tracks = models.PositiveIntegerField(null=True, blank=True)
    tracks = models.JSONField(default=list, blank=True, help_text="A list of {name, duration_ms}.")
    checked_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    check_after = models.DateTimeField(
        null=True, blank=True, help_text="When to ask again; empty means as soon as possible."
    )
    viewed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[SpotifyAlbumQuerySet] = SpotifyAlbumQuerySet.as_manager()  # pyright: ignore[reportAssignmentType]

    class Meta:
        indexes = (models.Index(fields=("state", "check_after")),)

    def __str__(self) -> str:
        return self.name or self.spotify_id

    @property
    def url(self) -> str:
        """Spotify's terms require this link beside the data."""
        return SPOTIFY.page_address(self.spotify_id)


def genres_in_order(genres: QuerySet[Genre] | None = None) -> Prefetch:
    """Prefetch albums' genres in the order of the sheet, in which their rows were inserted.

    `Album_genres+` is Django's hidden name of the way back from a genre to those rows; it reuses the prefetch's join.
    """
    return Prefetch("genres", (Genre.objects.all() if genres is None else genres).order_by("Album_genres+__id"))


def upcoming(today: date) -> Q:
    """The same rule as `is_upcoming`."""
    return Q(release_date__gt=today) | Q(release_date__isnull=True, release_year__gte=today.year)


class AlbumQuerySet(models.QuerySet["Album"]):
    def visible(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)

    def for_tiles(self) -> Self:
        """Load what a tile shows: two queries, however many albums."""
        return self.without_genres().prefetch_related(genres_in_order())

    def without_genres(self) -> Self:
        """Load what a tile shows but its genres, which several lists can then load together."""
        return self.select_related("artist", "vocal_style", "spotify")

    def by_same_artist(self, album: "Album") -> Self:
        return self.filter(artist=album.artist_id).exclude(pk=album.pk)

    def newest_first(self) -> Self:
        """What has only a year comes last in its year."""
        return self.order_by("-sort_date", "title_key", "pk")


class Album(models.Model):
    """One release of the sheet; `tab` and `row` are its place in the newest export.

    `release_date` is the first day of a month or year, by the precision; `sort_date` is 1 January where only a year is
    known. `country_codes` are ISO 3166-1 alpha-2, separated by spaces. `artist_key`, `section`, `has_player` and
    `search_text` are derived from other columns, for sorting, facets and the search.
    """

    artist = models.ForeignKey(Artist, models.PROTECT, related_name="albums")
    title = models.CharField(max_length=NAME_LENGTH)
    title_key = models.CharField(max_length=KEY_LENGTH)
    release_date = models.DateField(null=True, blank=True)
    release_precision = models.CharField(max_length=5, choices=DatePrecision.choices(), blank=True)
    release_text = models.CharField(max_length=NAME_LENGTH, blank=True)
    release_year = models.PositiveSmallIntegerField(null=True, blank=True)
    sort_date = models.DateField()
    format = models.CharField(max_length=100, blank=True)
    is_debut = models.BooleanField(default=False)
    is_reissue = models.BooleanField(default=False)
    genres = models.ManyToManyField(Genre, related_name="albums", blank=True)
    vocal_style = models.ForeignKey(VocalStyle, models.PROTECT, null=True, blank=True, related_name="albums")
    country = models.CharField(max_length=NAME_LENGTH, blank=True)
    country_codes = models.CharField(max_length=100, blank=True)
    spotify = models.ForeignKey(SpotifyAlbum, models.PROTECT, null=True, blank=True, related_name="albums")
    bandcamp_url = models.URLField(max_length=2000, blank=True)
    youtube_url = models.URLField(max_length=2000, blank=True)
    amazon_url = models.URLField(max_length=2000, blank=True)
    apple_music_url = models.URLField(max_length=2000, blank=True)
    tab = models.CharField(max_length=100)
    row = models.PositiveIntegerField()
    section = models.CharField(max_length=10, choices=SECTIONS, default=MIXED)
    has_player = models.BooleanField(default=False)
    artist_key = models.CharField(max_length=KEY_LENGTH)
    search_text = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=32)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    imported_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    artist_id: int
    vocal_style_id: int | None
    spotify_id: str | None

    objects: ClassVar[AlbumQuerySet] = AlbumQuerySet.as_manager()  # pyright: ignore[reportAssignmentType]

    class Meta:
        indexes = (
            models.Index(fields=("artist", "title_key")),
            models.Index(
                F("sort_date").desc(), "title_key", "id", condition=Q(withdrawn_at__isnull=True), name="newest_first"
            ),
            models.Index(
                F("imported_at").desc(), "sort_date", "id", condition=Q(withdrawn_at__isnull=True), name="newest_added"
            ),
            models.Index("artist_key", "sort_date", "id", condition=Q(withdrawn_at__isnull=True), name="by_artist"),
            models.Index("title_key", "artist_key", "id", condition=Q(withdrawn_at__isnull=True), name="by_title"),
        )

    def __str__(self) -> str:
        return f"{self.artist} – {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("catalog:album_detail", args=(self.pk,))

    @property
    def links(self) -> list[tuple[Service, str]]:
        """The services that the album links to, and the addresses of its pages there."""
        links = ((service, service.page_address(getattr(self, service.column) or "")) for service in SERVICES.values())
        return [(service, address) for service, address in links if address]

    @property
    def cover_url(self) -> str:
        return self.spotify.cover_url if self.spotify else ""
