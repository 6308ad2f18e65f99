"""The project's addresses: the catalog, staff's login, Django's admin, and what monitors ask."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from catalog.views import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="catalog:album_list"), name="home"),
    path("catalog/", include("catalog.urls")),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
