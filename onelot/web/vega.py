"""What draws charts in a page: Vega as one file, made once of the library that also draws them in the dossier."""

from __future__ import annotations

import gzip
import os
import tempfile
from importlib.metadata import version
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from onelot.settings.configuration import configuration

_DRAW = (
    "window.onelotDraw = (place, spec) => vegaEmbed(place, spec, "
    "{mode: 'vega-lite', ast: true, actions: false, renderer: 'svg', defaultStyle: false, tooltip: false});"
)
"""``ast``: expressions are interpreted, not compiled, so that the page's policy needs no ``unsafe-eval``."""
_DAY = 24 * 3600


def bundle(folder: Path) -> Path:
    """The file, compressed; made where it is not there yet. Its name holds the library's version."""
    path = folder / f"vega-{version('vl-convert-python')}.js.gz"
    if not path.exists():
        import vl_convert  # 90 MB that only this needs

        folder.mkdir(parents=True, exist_ok=True)
        packed = gzip.compress(vl_convert.javascript_bundle(_DRAW).encode(), mtime=0)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".")
        with os.fdopen(handle, "wb") as file:
            file.write(packed)
        Path(temporary).replace(path)  # whole or not at all, whoever makes it at the same time
    return path


@require_GET
def vega(request: HttpRequest) -> HttpResponse:
    """The file for a browser, which keeps it for a day."""
    packed = bundle(configuration.home / "static").read_bytes()
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(packed if is_packed else gzip.decompress(packed), content_type="text/javascript")
    if is_packed:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = f"private, max-age={_DAY}"
    return response
