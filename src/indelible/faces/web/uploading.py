"""Takes in files that come with a form (the way without script); the kernel receives and checks them."""

from __future__ import annotations

from indelible.faces.web.requests import Request
from indelible.kernel.types import FieldDeclaration
from indelible.practice import uploads


def brought(request: Request, field: FieldDeclaration) -> list[str]:
    """Receive the files sent for a field and give their hashes; raises Invalid for one that is not accepted."""
    found = request.FILES.getlist(f"{field.name}_new")
    return [uploads.receive(request.ctx, str(file.name), file.chunks()).sha256 for file in found]
