"""Secrets at rest: encrypted with FIELD_KEYS (the first encrypts, all decrypt), or only hashed."""

import hashlib
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """Encrypt a secret for storage with the first of FIELD_KEYS."""
    return _fernet(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Decrypt a stored secret with whichever of FIELD_KEYS made it.

    Raises:
        cryptography.fernet.InvalidToken: none of the keys fits.
    """
    return _fernet(tuple(settings.FIELD_KEYS)).decrypt(token.encode()).decode()


def digest(secret: str) -> str:
    """Return the SHA-256 of a random secret, for storage and look-up (never for passwords)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """Make an unguessable URL-safe secret (256 bits)."""
    return secrets.token_urlsafe(32)
