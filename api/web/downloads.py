"""Answers that are files: a person's copy, streamed while it is made, and the audit trail's bundle."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING

from django.http import FileResponse, StreamingHttpResponse

from governance.evidence.auditor import export_bundle

if TYPE_CHECKING:
    from datetime import datetime

    from governance.context import Caller
    from memstore.rights.copies.hand_out import Copy


def streamed(copy: Copy) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        copy.chunks,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="copy-{copy.request_id}.zip"',
            "Cache-Control": "no-store",
        },
    )


def bundle_file(asker: Caller, *, since: datetime, until: datetime, consistent_from: int | None = None) -> FileResponse:
    """Return the bundle as a download, from a nameless file on disk: a long period costs no memory.

    The bundle holds no content. Raises as `export_bundle`.
    """
    with ExitStack() as unless_answered:
        file = unless_answered.enter_context(tempfile.TemporaryFile())
        made = export_bundle(caller=asker, file=file, since=since, until=until, consistent_from=consistent_from)
        file.seek(0)
        unless_answered.pop_all()  # the response closes it
    name = f"audit-{made.first}-{made.last}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
