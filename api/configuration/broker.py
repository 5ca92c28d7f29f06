"""Celery's settings and the broker that carries the hints: pgmq in the same PostgreSQL, unless BROKER_URL is set."""

from __future__ import annotations

import os

from kombu import Exchange, Queue

from api.configuration import env, extras

QUEUE = "memstore"
MIN_EXPIRY_SECONDS = 5.0  # a busy worker still meets a hint that is sent each second

# How often the trail is sealed, anchored, checked (the tenants that are due), and given partitions for coming months.
RECORD_SECONDS = {
    "seal": 3.0,
    "anchor": 15.0,
    "check": 600.0,
    "check_clock": 15.0,
    "make_months": 86_400.0,
    "escalate": 300.0,
    "ship": 10.0,
}


def celery_settings(*, database: dict[str, object]) -> dict[str, object]:
    """Return the CELERY_* settings. Results are ignored and arguments are ids, so the broker never holds content.

    Raises BadSetting.
    """
    broker = env.secret("BROKER_URL")
    if broker:
        extras.require_scheme("BROKER_URL", broker, extras.BROKERS)
    resume = env.integer("MEMSTORE_RESUME_SECONDS", 5, low=1, high=300)
    sweep = env.integer("MEMSTORE_SWEEP_SECONDS", 30, low=1, high=3600)
    settings: dict[str, object] = {
        "CELERY_BROKER_URL": broker or "pgmq://localhost",
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_DEFAULT_QUEUE": QUEUE,
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_TASK_ARGSREPR_MAXSIZE": 64,
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_WORKER_ENABLE_REMOTE_CONTROL": False,
        "CELERY_WORKER_SEND_TASK_EVENTS": False,
        "CELERY_BEAT_SCHEDULER": "api.background.monotonic_scheduler:SteadyScheduler",
        "CELERY_BEAT_SCHEDULE": {
            "resume-jobs": _every(resume, "memstore.tasks.resume_jobs"),
            "resume-erasures": _every(resume, "memstore.tasks.resume_erasures"),
            "sweep": _every(sweep, "memstore.tasks.sweep"),
            **{name: _every(seconds, f"governance.tasks.{name}") for name, seconds in RECORD_SECONDS.items()},
        },
    }
    if broker:
        return settings
    _leave_tls_to_libpq(database)
    settings["CELERY_TASK_QUEUES"] = [Queue(QUEUE, Exchange(""), routing_key=QUEUE, no_declare=True)]
    settings["CELERY_BROKER_TRANSPORT_OPTIONS"] = {
        # The URL form ignores ?host= and would silently go to 127.0.0.1:5432, so the libpq form it is; with it, the
        # URL's host means nothing.
        "conn_string": _libpq(database),
        "init_extension": False,
        "polling_interval": 0.1,
        # Waited for here, by a clock that is never set, and not in a statement that ends when the database's says so.
        "wait_time_seconds": 0,
        "visibility_timeout": env.integer("MEMSTORE_JOB_LEASE_SECONDS", 120, low=2, high=3600),
    }
    return settings


def _every(seconds: float, task: str) -> dict[str, object]:
    """An entry of the schedule: the hint is worth nothing once later ones have come."""
    expires = max(float(seconds), MIN_EXPIRY_SECONDS)
    return {"task": task, "schedule": float(seconds), "options": {"expires": expires}}


def _leave_tls_to_libpq(database: dict[str, object]) -> None:
    """Set libpq's own variables (PGSSLMODE and the like) from the TLS options of `database`.

    PGMQ's client keeps host, port, name, user and password of an address and drops the rest; libpq reads its variables
    for what an address leaves out.
    """
    options = database.get("OPTIONS")
    for name, value in options.items() if isinstance(options, dict) else ():
        if name.startswith("ssl"):
            os.environ.setdefault(f"PG{name.upper()}", str(value))


def _libpq(database: dict[str, object]) -> str:
    parts = {
        "host": database.get("HOST"),
        "port": database.get("PORT"),
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database.get("PASSWORD") or "unused",
    }
    return " ".join(f"{key}={value}" for key, value in parts.items() if value)
