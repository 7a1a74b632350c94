"""A document's printed form, as PDF: `render(ride)` gives the same bytes for the same data, for ever.

Quick enough to be made while somebody waits: the fonts are small Latin subsets, registered once in each process; the
style sheet is parsed once, and stands alone; tables have fixed layouts; the page is read as XML. WeasyPrint uses
Debian's libharfbuzz-subset0 where it is installed.
"""

import base64
import hashlib
import io
import os
import re
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cssselect2 import ElementWrapper
from django.template.loader import render_to_string
from PIL import Image
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from sri.barcode import bars
from sri.qr import squares
from sri.ride import Ride

_PDF_DIR = Path(__file__).resolve().parent.parent / "templates" / "pdf"
_LOGO_PIXELS = (732, 260)  # 62 × 22 mm, its room on the page, at 300 dots per inch
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 has no place for
os.environ.setdefault("SOURCE_DATE_EPOCH", "0")  # without the library fontTools cuts the fonts, and dates them "now"
_one_at_a_time = threading.Lock()  # Pango's font map, which is shared, serves one thread at a time


def render(ride: Ride) -> bytes:
    """The document as PDF. Nothing is fetched to make it, and nothing but `ride` decides its bytes."""
    return _pdf(_html(ride))


def render_paper(template: str, context: dict[str, Any], logo: bytes | None) -> bytes:
    """Another paper of the family (templates/pdf/paper.html) as PDF: the same bytes for the same context."""
    html = render_to_string(template, context | {"logo": _data_uri(logo) if logo else ""})
    return _pdf(_UNPRINTABLE.sub("", html))


def _pdf(html: str) -> bytes:
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    with _one_at_a_time:
        fonts, style = _typography()
        return _Page(html).write_pdf(stylesheets=[style], font_config=fonts, pdf_identifier=identifier)


def _html(ride: Ride) -> str:
    logo = _data_uri(ride.issuer.logo) if ride.issuer.logo else ""
    barcode = bars(ride.authorization.access_key) if ride.authorization else None
    qr = squares(ride.link) if ride.link else None
    html = render_to_string("pdf/invoice.html", {"ride": ride, "logo": logo, "barcode": barcode, "qr": qr})
    return _UNPRINTABLE.sub("", html)


class _BundledOnly(URLFetcher):
    """Gives the shipped fonts and the logo that is written into the page.

    No text of a document can make the server read a file or call an address.
    """

    allowed = frozenset(path.as_uri() for path in (_PDF_DIR / "fonts").glob("*.woff2"))

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Refuse every other address with ValueError; WeasyPrint then leaves the place empty."""
        if url in self.allowed or url.startswith("data:image/jpeg;"):
            return super().fetch(url, headers)
        raise ValueError(f"not part of the document: {url[:80]}")


class _Page(HTML):
    """Our own well-formed page: the C parser reads it in a tenth of the time that a parser of any HTML needs."""

    def __init__(self, html: str) -> None:
        page = ElementTree.fromstring(html)  # noqa: S314 (the page is ours, and what is put into it is escaped)
        self.wrapper_element = ElementWrapper.from_html_root(page)
        self.etree_element = page
        self.url_fetcher = _BundledOnly()
        self.base_url = None
        self.media_type = "print"

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return []  # invoice.css says why


@cache
def _typography() -> tuple[FontConfiguration, CSS]:
    fonts = FontConfiguration()
    return fonts, CSS(filename=_PDF_DIR / "invoice.css", font_config=fonts, url_fetcher=_BundledOnly())


@lru_cache(maxsize=16)
def _data_uri(logo: bytes) -> str:
    """The logo on white paper, no larger than it is printed; empty if it is no image that can be read.

    As JPEG it goes into the PDF as it is; a PNG would be decoded and compressed anew for each document. A broken
    logo must not keep a document from being printed.
    """
    try:
        image = Image.open(io.BytesIO(logo)).convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError):
        return ""
    image.thumbnail(_LOGO_PIXELS)
    paper = Image.new("RGBA", image.size, "white")
    jpeg = io.BytesIO()
    Image.alpha_composite(paper, image).convert("RGB").save(jpeg, "JPEG", quality=95, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.getvalue()).decode()}"
