"""Part 11: each list of the console over a bank's worth of people: milliseconds in the server, and queries."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.console_bank import EVENTS, JOBS, MEMORIES, PEOPLE, REQUESTS, SUBJECTS, open_bank
from benchmarks.report import Part, Table, at_most
from benchmarks.timing import number, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from uuid import UUID

    from django.test import Client

    from benchmarks.console_bank import Bank
    from benchmarks.filled import Workbench

    Calls = list[tuple[str, Callable[[], object]]]

TIMES = 10
PAGE_MS, PAGE_QUERIES = 300.0, 15
USE_CASE_MS, USE_CASE_QUERIES = 200.0, 12
PAGES = (
    "home", "people", "quarantine", "requests", "holds", "objections", "break-glass", "copies", "purposes", "retention",
    "notices", "roles", "staff", "api-keys", "recipients", "audit", "trail", "certificates", "breaches", "changes",
    "epochs", "jobs", "health",
)  # fmt: skip
FURTHER = (
    ("people", "?state=restricted"),
    ("requests", "?which=all&page=50"),
    ("audit", "?type=recall&reason=refused"),
    ("audit", "?type=break_glass"),
    ("holds", "?page=40"),
    ("jobs", "?page=20"),
    ("jobs", "?status=FAILED"),
)
AROUND = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT set_config", "SAVEPOINT", "RELEASE")


@dataclass(frozen=True, slots=True)
class Seen:
    what: str
    p50: float
    slowest: float
    queries: int

    def cells(self) -> list[str]:
        return [self.what, number(self.p50), number(self.slowest), f"{self.queries}"]


def measure(bench: Workbench, _folder: Path, _stem: str) -> Part:
    share = 100 if bench.quick else 1
    bank = open_bank(share)
    bench.server.settle()
    cases, pages = _seen(use_cases(bank)), _seen(addresses(bank))
    [person] = _seen([profile_page(bank)])
    [dry_run] = _seen([dry_run_of(bank)], times=2)
    return Part(
        "console",
        "11. The console's lists",
        (
            f"One tenant with {SUBJECTS // share:,} people, {MEMORIES // share:,} memories, {EVENTS // share:,} audit "
            f"events, {REQUESTS // share:,} requests and {JOBS // share:,} jobs. The memories of {PEOPLE // share} "
            "people are sealed as the store seals them, the others are rows. Each call was made "
            f"{TIMES} times by a data protection officer, the first with empty caches: the use cases as they are, the "
            "pages through Django's own client, from the request to the whole page, with session, decision and audit "
            "event, and without a network. Queries are those of both databases with empty caches, the ones that begin, "
            "set up and end transactions not counted. The page of a person is no list: it calls six use cases. Nor is "
            "the dry run of a retention rule, which computes the dates of every memory anew; it was made twice."
        ),
        tables=[
            Table("Use cases", ["use case", "p50 ms", "slowest ms", "queries"], [one.cells() for one in cases]),
            Table(
                "Pages", ["page", "p50 ms", "slowest ms", "queries"], [one.cells() for one in (*pages, person, dry_run)]
            ),
        ],
        targets=[
            at_most("slowest use case of a list, p50", max(one.p50 for one in cases), USE_CASE_MS, " ms"),
            at_most("most queries of a use case", max(one.queries for one in cases), USE_CASE_QUERIES),
            at_most("slowest page, p50", max(one.p50 for one in (*pages, person)), PAGE_MS, " ms"),
            at_most("most queries of a list page", max(one.queries for one in pages), PAGE_QUERIES),
        ],
    )


def use_cases(bank: Bank) -> Calls:
    """Return the use cases behind the pages, as (name, call)."""
    from governance.access import api_keys, break_glass, recipients, staff
    from governance.accountability import configuration_changes
    from governance.accountability.breaches import page_breaches
    from governance.accountability.subject_access import subject_access
    from governance.accountability.trail_explorer import Wanted, explore
    from governance.evidence.auditor import audit_status
    from governance.evidence.certificates.listing import list_certificates
    from governance.keyring.epoch_overview import keys_overview
    from governance.processing import consents, holds, objections, purposes, retention_rules
    from governance.rights.requests import due_requests, list_requests
    from governance.vocabulary import SubjectState
    from memstore.models import JobStatus
    from memstore.oversight.dashboard import overview
    from memstore.oversight.inbox import inbox
    from memstore.oversight.inspection import inspect
    from memstore.oversight.job_list import list_jobs
    from memstore.oversight.quarantine import quarantined
    from memstore.oversight.retention_preview import status
    from memstore.oversight.subject_list import list_subjects
    from memstore.oversight.system_health import system_health
    from memstore.rights.copies.copy_links import list_links

    who, person = bank.officer, bank.people[0]
    some = partial(explore, caller=who)
    half_way = explore(caller=who, wanted=Wanted(type="recall"), page_size=200).before
    return [
        ("inbox", partial(inbox, caller=who)),
        ("overview", partial(overview, caller=who)),
        ("system health", partial(system_health, caller=who)),
        ("subjects", partial(list_subjects, caller=who)),
        ("subjects, restricted", partial(list_subjects, caller=who, state=SubjectState.RESTRICTED)),
        ("subjects, in between", partial(list_subjects, caller=who, after=person)),
        ("a person's memories", partial(inspect, caller=who, subject_id=person)),
        ("who read a person", partial(subject_access, caller=who, subject=person)),
        ("quarantine", partial(quarantined, caller=who)),
        ("requests", partial(list_requests, caller=who)),
        ("requests, open, due first", partial(due_requests, caller=who)),
        ("requests, last page", partial(list_requests, caller=who, page=REQUESTS // 50)),
        ("holds", partial(holds.page_holds, caller=who)),
        ("holds, whole list", partial(holds.list_holds, caller=who)),
        ("reveals", partial(break_glass.page_break_glass, caller=who)),
        ("objections", partial(objections.page_objections, caller=who)),
        ("links to copies", partial(list_links, caller=who)),
        ("certificates", partial(list_certificates, caller=who)),
        ("events", partial(some, wanted=Wanted())),
        ("events, next page", partial(some, wanted=Wanted(type="recall"), before=half_way)),
        ("events, refused", partial(some, wanted=Wanted(reason="refused"))),
        ("events of a kind that never was", partial(some, wanted=Wanted(type="offboard_tenant"))),
        ("events of a rare role", partial(some, wanted=Wanted(role="key_officer"))),
        ("events of a person", partial(some, wanted=Wanted(subject_id=person))),
        ("state of the trail", partial(audit_status, caller=who)),
        ("changes", partial(configuration_changes.list_changes, caller=who, limit=50)),
        ("keys and epochs", partial(keys_overview, caller=who)),
        ("jobs", partial(list_jobs, caller=who)),
        ("jobs that failed", partial(list_jobs, caller=who, status=JobStatus.FAILED)),
        ("staff", partial(staff.list_staff, caller=who)),
        ("API keys", partial(api_keys.page_keys, caller=who)),
        ("recipients", partial(recipients.page_recipients, caller=who)),
        ("breaches", partial(page_breaches, caller=who)),
        ("purposes", partial(purposes.list_purposes, caller=who)),
        ("notices", partial(consents.list_notices, caller=who)),
        ("retention rules", partial(retention_rules.list_rules, caller=who)),
        ("retention status", partial(status, caller=who)),
    ]


def addresses(bank: Bank) -> Calls:
    """Return the pages of lists, as (name, call)."""
    client = _browser(bank)
    lists = [*((page, "") for page in PAGES), *FURTHER]
    return [(page + query, partial(_get, client, f"console:{page}", query=query)) for page, query in lists]


def profile_page(bank: Bank) -> tuple[str, Callable[[], object]]:
    """Return the page of one person, which is no list: six use cases, each with an audit event of its own."""
    return "person", partial(_get, _browser(bank), "console:person", bank.people[0])


def dry_run_of(bank: Bank) -> tuple[str, Callable[[], object]]:
    from governance.policy.retention import RuleKind
    from governance.processing.retention_rules import RuleTerms
    from memstore.oversight.retention_preview import preview_terms

    terms = RuleTerms("Bench Act", RuleKind.CEILING, 90)
    return "dry run of a retention rule", partial(preview_terms, caller=bank.officer, terms=terms)


def _browser(bank: Bank) -> Client:
    from django.test import Client

    client = Client()
    client.cookies["memstore"] = bank.session
    return client


def _get(client: Client, name: str, *arguments: UUID, query: str = "") -> None:
    from django.urls import reverse

    address = reverse(name, args=arguments) + query
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")


def _seen(calls: Iterable[tuple[str, Callable[[], object]]], *, times: int = TIMES) -> list[Seen]:
    from governance.expiring_cache import clear_all

    found = []
    for what, call in calls:
        took = []
        clear_all()  # the first one opens its keys: it is the slowest as a rule
        for _ in range(times):
            start = time.perf_counter()
            call()
            took.append((time.perf_counter() - start) * 1_000)
        one = Seen(what, statistics.median(took), max(took), _queries(call))
        say(f"{what}: p50 {one.p50:.0f} ms, slowest {one.slowest:.0f} ms, {one.queries} queries")
        found.append(one)
    return found


def _queries(call: Callable[[], object]) -> int:
    """Return the number of queries of a call with the caches of keys and facts empty."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    from governance.expiring_cache import clear_all

    clear_all()
    with CaptureQueriesContext(connections["default"]) as first, CaptureQueriesContext(connections["keys"]) as second:
        call()
    return sum(not one["sql"].startswith(AROUND) for one in (*first.captured_queries, *second.captured_queries))
