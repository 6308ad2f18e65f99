"""Releases by week, the coming Friday first."""

import re
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from catalog.browsing.weeks import FIRST_DAY, LAST_DAY, Week, releases_of

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@require_safe
def releases(request: HttpRequest) -> HttpResponse:
    return _render_week(request, Week.current())


@require_safe
def releases_week(request: HttpRequest, day: str) -> HttpResponse:
    """Show the week of a day; its canonical address is that of its Friday."""
    week = Week.of(_day(day))
    if week.friday.isoformat() != day:
        return redirect(week)
    return _render_week(request, week)


def _render_week(request: HttpRequest, week: Week) -> HttpResponse:
    context = {"releases": releases_of(week), "week": week, "current": Week.current()}
    return render(request, "catalog/releases.html", context)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
    except ValueError as error:
        raise Http404("No such day.") from error
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise Http404("No such day.")
    return day
