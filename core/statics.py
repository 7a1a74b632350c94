"""How the static files of pages are kept: under names that change with their contents, and gzipped."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatics(CompressedManifestStaticFilesStorage):
    """Gzip only: Brotli at its best takes ten times as long as the rest of a first start together."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Return what compresses the collected files."""
        return Compressor(use_brotli=False, **kwargs)
