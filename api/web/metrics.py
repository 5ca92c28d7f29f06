"""The page /metrics for Prometheus: the health of the audit trail and of this process. No ids in any label.

Numbers of the trail come from the database at each scrape and are the same whichever process answers. Numbers of a
process carry its `pid`: of several web processes, the one that answers shows its own.
"""

from __future__ import annotations

import hmac
import logging
import os
from ipaddress import ip_address
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from api.web.errors import error_response
from governance.evidence.trail_health import alarms, audit_health, erasures_stopped
from governance.guard import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from prometheus_client import Metric

    from governance.evidence.trail_health import AuditHealth

log = logging.getLogger(__name__)
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library does not say that it returns nothing

_LABELS = ("method", "route", "status", "pid")
_REQUESTS = Counter("memstore_requests", "Requests answered by this process.", _LABELS, registry=None)
_SECONDS = Histogram(
    "memstore_request_seconds",
    "From a request to its answer, in this process.",
    ("method", "route", "pid"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
    registry=None,
)
_ALARMS = (
    ("memstore_integrity_failures", "damaged values that were left out, in the last 24 hours", "damage_found"),
    ("memstore_clock_jumps", "jumps of the database's clock, in the last 24 hours", "clock_jumped"),
    ("memstore_ledger_damaged", "the ledger was found damaged, in the last 24 hours", "ledger_damaged"),
    ("memstore_queue_parked", "messages that no task can be made of, in the archive of the queue", "message_parked"),
)
# A proxy on this machine brings the world's requests from a loopback address; these headers tell.
_VIA_PROXY = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


def count_request(method: str, route: str | None, status: int, seconds: float) -> None:
    """Count a request by its route's template: paths hold people's ids. `method` is one of api.web.http_methods."""
    pid = str(os.getpid())
    shown = "none" if route is None else route
    _REQUESTS.labels(method, shown, str(status), pid).inc()
    _SECONDS.labels(method, shown, pid).observe(seconds)


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the metrics: to this machine only, or, if MEMSTORE_METRICS_TOKEN is set, to its holder only."""
    number = getattr(request, "memstore_request_id", None)
    token = settings.MEMSTORE_METRICS_TOKEN
    if not token and not _is_from_here(request):
        return error_response(404, "not_found", "There is nothing at this address.", number)
    presented = request.headers.get("Authorization", "").encode()
    if token and not hmac.compare_digest(presented, f"Bearer {token}".encode()):
        headers = {"WWW-Authenticate": "Bearer"}
        return error_response(401, "not_authenticated", "The token of the metrics is needed.", number, headers=headers)
    registry = CollectorRegistry()
    for collector in (_REQUESTS, _SECONDS, _Service()):
        registry.register(collector)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _is_from_here(request: HttpRequest) -> bool:
    if any(name in request.headers for name in _VIA_PROXY):
        return False
    try:
        return ip_address(str(request.META.get("REMOTE_ADDR", ""))).is_loopback
    except ValueError:
        return False


class _Service(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from _of_the_witness()
        try:
            health, raised, stopped = audit_health(), alarms(), erasures_stopped()
        except DatabaseFailure as error:
            log.error("metrics_incomplete", extra={"fields": {"problem": type(error).__name__}})  # noqa: TRY400 - no text
            yield GaugeMetricFamily("memstore_audit_readable", "Whether the audit trail could be read.", value=0)
            return
        yield GaugeMetricFamily("memstore_audit_readable", "Whether the audit trail could be read.", value=1)
        yield from _of_the_trail(health)
        for name, words, kind in _ALARMS:
            yield GaugeMetricFamily(name, f"ALARM: {words}.", value=raised[kind])
        words = "ALARM: erasures that stand still, since what is stored is not what was approved."
        yield GaugeMetricFamily("memstore_erasures_stopped", words, value=stopped)


def _of_the_witness() -> Iterator[Metric]:
    state, pid = witness.state(), [str(os.getpid())]
    backlog = GaugeMetricFamily("memstore_witness_backlog", "Lines that wait for the witness.", labels=["pid"])
    dropped = CounterMetricFamily("memstore_witness_dropped", "Lines that the witness never got.", labels=["pid"])
    lost = CounterMetricFamily("memstore_witness_lost", "Times that the witness's file was taken away.", labels=["pid"])
    backlog.add_metric(pid, state.backlog if state else 0)
    dropped.add_metric(pid, state.dropped if state else 0)
    lost.add_metric(pid, state.lost if state else 0)
    yield from (backlog, dropped, lost)


def _of_the_trail(health: AuditHealth) -> Iterator[Metric]:
    """Yield the gauges of the trail.

    One without a value (nothing unsealed, never checked) is left out, not shown as 0.
    """
    for name, words, value in (
        ("memstore_tenants", "Tenants.", health.tenants),
        ("memstore_audit_unsealed", "Events that have no leaf yet.", health.unsealed),
        ("memstore_audit_unsealed_age_seconds", "Age of the oldest of them.", health.oldest_unsealed_seconds),
        ("memstore_audit_tampered_tenants", "ALARM: tenants whose last check failed.", health.tampered_tenants),
        ("memstore_audit_unchecked_tenants", "Tenants whose trail was never checked.", health.unchecked_tenants),
        ("memstore_audit_last_check_age_seconds", "Of the tenant checked longest ago.", health.oldest_check_seconds),
        ("memstore_audit_unanchored_tenants", "Tenants without any anchor.", health.unanchored_tenants),
        ("memstore_audit_anchor_age_seconds", "Of the tenant anchored longest ago.", health.oldest_anchor_seconds),
        ("memstore_audit_newest_anchor_age_seconds", "Of the last anchor of any.", health.newest_anchor_seconds),
        ("memstore_witness_lost_last_day", "Incidents of witnesses on the record.", health.witness_lost),
    ):
        if value is not None:
            yield GaugeMetricFamily(name, words, value=value)
