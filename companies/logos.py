"""The logo: whatever was uploaded, what is kept is a PNG of our own making."""

import io
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from core.crypto import new_secret
from core.errors import FieldError, RuleRefused

MAX_BYTES: Final = 1024 * 1024
MAX_PIXELS: Final = 16_000_000  # decoded, a small file can be huge
SIDE: Final = 1200  # pixels; a printed logo needs no more
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")


def checked(content: bytes) -> bytes:
    """Return the image drawn anew as a PNG: its type read from the content, its metadata and whatever hid in it gone.

    Raises:
        RuleRefused: `logo_too_large`, `logo_not_an_image`, `logo_too_many_pixels`.
    """
    if len(content) > MAX_BYTES:
        raise _refused("logo_too_large", _("El logotipo pesa más de 1 MB. Redúzcalo y súbalo de nuevo."))
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _refused("logo_too_many_pixels", _("El logotipo es demasiado grande: use hasta 4000 × 4000."))
            drawn = ImageOps.exif_transpose(image).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _refused("logo_not_an_image", _("El archivo no es una imagen PNG, JPEG, WebP o GIF.")) from error
    drawn.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()


def store(company_id: int, image: bytes) -> str:
    """Keep a checked image under an unguessable name of its own, and return the name; nothing is overwritten."""
    return default_storage.save(f"logos/{company_id}/{new_secret()}.png", ContentFile(image))


def _refused(code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field="logo", code=code, message=message)])
