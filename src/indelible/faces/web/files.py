"""The only place that takes files from a browser and hands them out again: always as attachments, never as pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from indelible.faces.web import answers
from indelible.faces.web.requests import Request
from indelible.infra import recognition
from indelible.kernel import config
from indelible.kernel.errors import Invalid, Refused
from indelible.practice import queries, uploads
from indelible.practice.uploads import Opened

SANDBOX = "default-src 'none'; sandbox"
FILES_AT_ONCE = 4
AROUND = 1_000_000  # bytes of a form beside its files


class Limited(TemporaryFileUploadHandler):
    """Streams to a temporary file, from people who are signed in, up to what the company's policies allow."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None) -> None:  # noqa: N803
        """Stop before the first byte is read when the whole is too large."""
        most = config.current().policies.upload_megabytes
        if content_length > FILES_AT_ONCE * most * recognition.MEGABYTE + AROUND:
            raise RequestDataTooBig(f"Not kept: a file may have {most} MB.")

    def new_file(self, *given: Any, **named: Any) -> None:
        """Take no file on a page that is open to all."""
        ctx = getattr(self.request, "ctx", None)
        if ctx is not None and ctx.person_id is None:
            raise RequestDataTooBig("Files are taken from people who are signed in.")
        super().new_file(*given, **named)


@require_POST
def upload(request: Request) -> HttpResponse:
    """Keep one file and answer the row that the form shows; a file that is not accepted is answered with a sentence."""
    brought = request.FILES.get("file")
    if brought is None:
        return answers.plainly("No file arrived.", 422)
    try:
        kept = uploads.receive(request.ctx, str(brought.name), brought.chunks())
    except Invalid as refused:
        return answers.plainly(" ".join([refused.text, *(one.text for one in refused.missing)]), answers.status_of(refused))
    except Refused as refused:
        return answers.plainly(refused.text, 403)
    file = {"id": kept.sha256, "name": kept.name, "size": kept.size, "sha256": kept.sha256,
            "state": uploads.told(kept.media_type)}  # fmt: skip
    return render(request, "parts/fields/file_kept.html", {"name": request.POST.get("name", "")[:60], "file": file})


@require_safe
def download(request: Request, number: str, sha256: str) -> HttpResponseBase:
    """Hand out a file that a record names, to whoever may see the record."""
    record = queries.get_record(request.view, number)
    return _handed(uploads.open_file(request.view, record, sha256))


@require_safe
def own(request: Request, sha256: str) -> HttpResponseBase:
    """Hand out a file to whoever brought it, while the form that will name it is being filled in."""
    return _handed(uploads.open_own(request.ctx, sha256))


def _handed(opened: Opened) -> HttpResponseBase:
    answer = StreamingHttpResponse(opened.chunks, content_type=opened.media_type)
    answer["Content-Length"] = str(opened.size)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=opened.name) or "attachment"
    answer["Content-Security-Policy"] = SANDBOX
    answer["Cache-Control"] = "private, no-store"
    return answer
