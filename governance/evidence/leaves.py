"""Leaves from rows of events: the columns as PostgreSQL sends their bytes, in the order of `verify_trail.FIELDS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.evidence.verify_trail import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

# uuid_send and int8send give the 16 and 8 bytes of the value, big-endian.
_MICROSECONDS = "int8send((extract(epoch FROM e.at) * 1000000)::bigint)"
LEAF_COLUMNS = (
    "uuid_send(e.salt)",
    "uuid_send(e.id)",
    "uuid_send(e.tenant_id)",
    _MICROSECONDS,
    "convert_to(e.type, 'UTF8')",
    "convert_to(e.reason, 'UTF8')",
    "int8send(e.policy_version)",
    "uuid_send(e.principal_id)",
    "convert_to(e.role, 'UTF8')",
    "convert_to(e.job, 'UTF8')",
    "uuid_send(e.request_id)",
    "convert_to(host(e.address), 'UTF8')",
    "uuid_send(e.subject_id)",
    "uuid_send(e.object_id)",
    "uuid_send(e.purpose_version_id)",
    "convert_to(e.lawful_basis, 'UTF8')",
    "int8send(e.n_items)",
    "e.item_digest",
)
LEAF_FIELDS = ", ".join(LEAF_COLUMNS)


def leaves_with_events(columns: str) -> bytes:
    """Return SQL for a tenant's leaves `l` from %(low)s to before %(high)s, in order, each with its event `e` or nulls.

    The times of the leaves bound the partitions of events that are read.
    """
    return f"""
        WITH l AS MATERIALIZED (
            SELECT index, hash, event_id, at FROM governance_auditleaf
            WHERE tenant_id = %(tenant)s AND index >= %(low)s AND index < %(high)s)
        SELECT l.index, l.hash, {columns} FROM l
        LEFT JOIN governance_auditevent e ON e.id = l.event_id AND e.at = l.at AND e.tenant_id = %(tenant)s
             AND e.at BETWEEN (SELECT min(at) FROM l) AND (SELECT max(at) FROM l)
        ORDER BY l.index
    """.encode()  # noqa: S608 - our own columns


def hash_row(fields: Sequence[bytes | None]) -> bytes:
    """Return the leaf hash of a row of LEAF_FIELDS: the salt first, then the event.

    Raises ValueError without a salt.
    """
    salt = fields[0]
    if salt is None:
        raise ValueError("an event without a salt")
    return leaf_hash(salt, fields[1:])
