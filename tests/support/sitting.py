"""The person in the portal: links, sittings and codes of the cast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.ids import uuid7
from governance.rights.portal.codes import issue_code
from governance.rights.portal.links import issue_link
from governance.rights.portal.sittings import find_sitting, open_portal
from governance.vocabulary import SubjectKind
from memstore.rights.portal.prove_identity import prove_identity

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.rights.portal.sittings import Sitting
    from tests.support.cast import Organisation


def link_text(organisation: Organisation, user_id: str = "alice", *, by: Caller | None = None) -> str:
    """Return a link of the cast's key, or of `by`."""
    issued = issue_link(
        caller=by or organisation.caller(), subject_kind=SubjectKind.USER, external_id=user_id, expected=by is not None
    )
    return issued.text


def opened(organisation: Organisation, user_id: str = "alice", *, by: Caller | None = None) -> str:
    """Return the token of a fresh sitting."""
    return open_portal(text=link_text(organisation, user_id, by=by)).token


def sitting(token: str) -> Sitting:
    found = find_sitting(presented=token, request_id=uuid7())
    assert found is not None
    return found


def sits(organisation: Organisation, user_id: str = "alice", *, by: Caller | None = None) -> Caller:
    """Return the caller of a sitting just opened by a link, whose identity is not proved."""
    return sitting(opened(organisation, user_id, by=by)).caller


def proves(organisation: Organisation, token: str, request_id: UUID, *, vouched_by: str = "dora") -> Caller:
    """Return the caller of the sitting once the one-time code of the request was entered: the identity is proved."""
    code = issue_code(caller=organisation.staff(vouched_by), request_id=request_id).code
    prove_identity(caller=sitting(token).caller, request_id=request_id, code=code)
    return sitting(token).caller
