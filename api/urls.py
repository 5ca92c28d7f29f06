"""All addresses of the service."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerView

from api.web.health import healthz, readyz
from api.web.metrics import metrics
from api.web.openapi_document import SchemaView

handler400 = "api.web.errors.bad_request"
handler404 = "api.web.pages.not_found"
handler500 = "api.web.pages.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/docs/"), name="home"),
    path("", include("api.mem0.urls")),
    path("console", RedirectView.as_view(url="/console/"), name="to-console"),
    path("portal", RedirectView.as_view(url="/portal/"), name="to-portal"),
    path("console/", include("api.console.urls")),
    path("portal/", include("api.portal.urls")),
    path("governance/v1/", include("api.governance.urls")),
    path("openapi.json", SchemaView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
