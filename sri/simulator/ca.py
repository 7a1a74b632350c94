"""The simulator's certification authority: hands out test certificates as the accredited ones do, and is trusted by it.

Its key and certificate are made once, in one file of the store's folder; whoever copies that folder may forge, which is
why nobody but the simulator trusts it.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID, ObjectIdentifier

FILE: Final = "ca.pem"
RUC_OID: Final = ObjectIdentifier("1.3.6.1.4.1.37947.3.11")  # where Ecuador's authorities write a holder's RUC
_UTF8: Final = b"\x0c"
_SINCE, _UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
_NAME: Final = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "EC"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "SIMULADOR DEL SRI"),
        x509.NameAttribute(NameOID.COMMON_NAME, "AUTORIDAD DE CERTIFICACION DE PRUEBAS"),
    ]
)


@dataclass(frozen=True)
class Authority:
    """The authority's certificate and key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    def issued(self, certificate: x509.Certificate) -> bool:
        """Whether it made this certificate."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except Exception:  # whatever is wrong with it, it is not ours
            return False
        return True

    def issue(
        self,
        ruc: str,
        holder: str,
        *,
        days: int = 730,
        since: datetime | None = None,
        encryption_only: bool = False,
        key: rsa.RSAPrivateKey | None = None,
    ) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
        """Make a certificate for a RUC ("" writes none into it), in force from `since` (yesterday) for so many days."""
        key = key or _new_key()
        since = since or datetime.now(UTC) - timedelta(days=1)
        builder = (
            _builder(_subject(ruc, holder), key, since, since + timedelta(days=days))
            .issuer_name(_NAME)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(*(_ENCRYPTING if encryption_only else _SIGNING)), critical=True)
        )
        if ruc:
            value = _UTF8 + bytes([len(ruc)]) + ruc.encode()
            builder = builder.add_extension(x509.UnrecognizedExtension(RUC_OID, value), critical=False)
        return builder.sign(self.key, hashes.SHA256()), key


def issue_certificate(
    ruc: str,
    holder: str,
    *,
    password: str,
    folder: Path,
    days: int = 730,
    since: datetime | None = None,
    encryption_only: bool = False,
) -> bytes:
    """Make a .p12 as a person gets it from an accredited authority; the simulator in `folder` trusts it."""
    authority = load(folder)
    certificate, key = authority.issue(ruc, holder, days=days, since=since, encryption_only=encryption_only)
    return pkcs12.serialize_key_and_certificates(
        holder.encode(), key, certificate, [authority.certificate], BestAvailableEncryption(password.encode())
    )


def load(folder: Path) -> Authority:
    """The authority of a folder, made when there is none; two that make it at once agree."""
    path = folder / FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{FILE}.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_bytes(_made())
        try:
            os.link(draft, path)  # whoever is first; unlike a rename, it replaces nothing
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return _read(path.read_bytes())


@lru_cache(maxsize=8)
def _read(pem: bytes) -> Authority:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("The authority's key is not RSA.")
    return Authority(x509.load_pem_x509_certificate(pem), key)


def _made() -> bytes:
    key = _new_key()
    certificate = (
        _builder(_NAME, key, _SINCE, _UNTIL)
        .issuer_name(_NAME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _builder(subject: x509.Name, key: rsa.RSAPrivateKey, since: datetime, until: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def _subject(ruc: str, holder: str) -> x509.Name:
    names = [x509.NameAttribute(NameOID.COUNTRY_NAME, "EC"), x509.NameAttribute(NameOID.COMMON_NAME, holder[:64])]
    if ruc:
        names.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, ruc))
    return x509.Name(names)


_SIGNING: Final = ("digital_signature", "content_commitment")
_ENCRYPTING: Final = ("key_encipherment", "data_encipherment")


def _usage(*names: str) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in names for name in every})
