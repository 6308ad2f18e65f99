"""The project's addresses: the catalog, and Django's admin."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="catalog:album_list"), name="home"),
    path("catalog/", include("catalog.urls")),
    path("admin/", admin.site.urls),
]
