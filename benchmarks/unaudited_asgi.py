"""The web application as it is served, without audit events."""

from api.asgi import application
from benchmarks.unaudited import write_nothing
from governance.guard import audit_event

__all__ = ["application"]

audit_event.write = write_nothing
