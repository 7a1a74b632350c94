"""Decrypted signing keys, kept in the process: opening a .p12 costs as much as signing a hundred documents.

A key is kept under its company, its certificate's row and that certificate's fingerprint, so no company can come by
another's; the least used go first, and a retired certificate's key goes at once (in other processes it is not asked for
again, as the rows are read each time).
"""

import base64
import threading
from collections import OrderedDict
from typing import Final

from core.crypto import decrypt
from core.tenancy import current_company_id
from sri.certificates import reopen
from sri.models import Certificate
from sri.signing import Signer

KEPT: Final = 200

_signers: OrderedDict[tuple[int, int, str], Signer] = OrderedDict()
_lock: Final = threading.Lock()


def of(certificate: Certificate) -> Signer:
    """Return what signs with a certificate of the active company, opening its file if this process has not yet."""
    place = (current_company_id(), certificate.pk, certificate.fingerprint)
    with _lock:
        if (signer := _signers.get(place)) is not None:
            _signers.move_to_end(place)
            return signer
    signer = reopen(*unsealed(certificate), fingerprint=certificate.fingerprint)
    with _lock:
        _signers[place] = signer
        while len(_signers) > KEPT:
            _signers.popitem(last=False)
    return signer


def unsealed(certificate: Certificate) -> tuple[bytes, str]:
    """Return the file and its password in clear: not to be kept, shown or logged."""
    return base64.b64decode(decrypt(certificate.sealed_p12)), decrypt(certificate.sealed_password)


def forget(certificate_id: int) -> None:
    """Drop the key of a certificate of the active company."""
    with _lock:
        for place in [each for each in _signers if each[:2] == (current_company_id(), certificate_id)]:
            del _signers[place]


def forget_all() -> None:
    """Drop every key, for tests."""
    with _lock:
        _signers.clear()
