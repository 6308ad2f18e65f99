"""The doctor for staff: a visit asks nobody, the button asks everybody."""

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog.doctor.findings import QUESTIONS


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_member_required(login_url="login")
def doctor(request: HttpRequest) -> HttpResponse:
    """Show what would be asked, or after a POST what was found."""
    if request.method != "POST":
        return render(request, "catalog/doctor.html", {"questions": QUESTIONS})
    # It brings along requests and spotipy, which no other page needs.
    from catalog.doctor.examination import examine  # noqa: PLC0415

    return render(request, "catalog/doctor.html", {"report": examine(headers=request.headers)})
