"""The web application as it is served, without the record."""

from api.asgi import application
from benchmarks.unaudited import write_nothing
from governance import audit

__all__ = ["application"]

audit.write = write_nothing
