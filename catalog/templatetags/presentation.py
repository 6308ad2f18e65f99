"""What templates call by name; the functions stand in `presentation`."""

from django import template

from catalog.presentation import (
    albums,
    changes,
    charts,
    covers,
    dates,
    held_back,
    options,
    run_watch,
    sheet,
    sync_words,
    tiles,
)

register = template.Library()

register.filter(albums.countries)
register.filter(albums.spotify_date)
register.filter(albums.total_length)
register.filter(changes.field_changes)
register.simple_tag(charts.strip_axis)
register.simple_tag(charts.strip_svg)
register.filter(covers.placeholder_cover)
register.filter(dates.duration)
register.filter(dates.exact_time)
register.filter(dates.is_upcoming)
register.filter(dates.release_date)
register.filter(dates.rough_duration)
register.filter(dates.timeago)
register.filter(dates.track_length)
register.simple_tag(dates.clock_time)
register.simple_tag(dates.moment_time)
register.simple_tag(dates.relative_time)
register.filter(held_back.if_accepted)
register.filter(held_back.if_kept)
register.filter(held_back.waiting)
register.filter(held_back.what_became)
register.simple_tag(options.option_checkboxes)
register.filter(run_watch.newest_lines)
register.filter(run_watch.requests_made)
register.filter(run_watch.stage_bars)
register.simple_tag(sheet.sheet_url)
register.filter(sync_words.alert_kind)
register.filter(sync_words.announcement)
register.filter(sync_words.changes)
register.filter(sync_words.outcome)
register.filter(sync_words.rows_for_curators)
register.filter(sync_words.run_kind)
register.filter(sync_words.run_word)
register.filter(sync_words.tab_state)
register.filter(tiles.facts)
register.filter(tiles.small_cover)
register.filter(tiles.tile_contents)
