"""Certificates to test with: a CA, what it issues, and .p12 files as the Ecuadorian CAs hand them out.

Keys take long to make, so there are few of them, made once for each process.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from sri import der
from sri.signing import Signer

PASSWORD = "clave-p12-ñandú 7"
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
# Where the CAs of Ecuador write a holder's RUC.
RUC_OID = "1.3.6.1.4.1.37947.3.11"


@cache
def key(name: str = "holder", bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the key of a name, the same each time."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def elliptic() -> ec.EllipticCurvePrivateKey:
    """Return a key that is not RSA."""
    return ec.generate_private_key(ec.SECP256R1())


ISSUER = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "EC"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Certificadora de Prueba, S.A."),
        x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, "VATEC-0990000000001"),
        x509.NameAttribute(NameOID.EMAIL_ADDRESS, "ac@prueba.test"),
        x509.NameAttribute(NameOID.COMMON_NAME, "AC Subordinada Ñ 1"),
    ]
)


@cache
def authority() -> x509.Certificate:
    """Return the CA's own certificate."""
    builder = _builder(ISSUER, key("ca").public_key(), FROM, UNTIL)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True).sign(key("ca"), hashes.SHA256())


def certificate(
    private: Any = None,
    *,
    ruc: str = "",
    cedula: str = "",
    usage: tuple[str, ...] | None = ("digital_signature", "content_commitment", "key_encipherment"),
    since: datetime = FROM,
    until: datetime = UNTIL,
    name: str = "ANA MARÍA TORRES",
    serial: int | None = None,
    issuer: x509.Name = ISSUER,
    extensions: tuple[x509.ExtensionType, ...] = (),
) -> x509.Certificate:
    """Issue a certificate; `ruc` stands in an extension, `cedula` in the subject's serial number."""
    subject = [x509.NameAttribute(NameOID.COUNTRY_NAME, "EC"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if cedula:
        subject.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, cedula))
    builder = _builder(x509.Name(subject), (private or key()).public_key(), since, until, serial, issuer)
    if usage is not None:
        builder = builder.add_extension(_usage(*usage), critical=True)
    if ruc:
        value = der.write(der.Node(0x0C, ruc.encode()))
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(RUC_OID), value), False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key("ca"), hashes.SHA256())


def _builder(
    subject: x509.Name,
    public: Any,
    since: datetime,
    until: datetime,
    serial: int | None = None,
    issuer: x509.Name = ISSUER,
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer, subject, public, serial or x509.random_serial_number(), since, until
    )  # fmt: skip


def _usage(*names: str) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in names for name in every})


@cache
def signer() -> Signer:
    """Return somebody who signs."""
    return Signer(certificate(), key())


# .p12 files


def p12(
    cert: x509.Certificate | None = None,
    private: Any = None,
    *,
    password: str = PASSWORD,
    others: tuple[x509.Certificate, ...] | None = None,
    legacy: bool = False,
) -> bytes:
    """Pack one certificate and its key, with the CA's; `legacy`: 3DES and a SHA-1 MAC, as most CAs still do."""
    private = private or key()
    cert = cert or certificate(private)
    protection: Any = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    if legacy:
        builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000)
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())
        protection = builder.build(password.encode())
    chain = (authority(),) if others is None else others
    return pkcs12.serialize_key_and_certificates(b"firma", private, cert, chain, protection)


@cache
def cached_p12(ruc: str = "") -> bytes:
    """Return a usable .p12, the same each time."""
    return p12(certificate(ruc=ruc))


@cache
def spare_p12() -> bytes:
    """Return another usable .p12, older than the cached one."""
    return p12(certificate(key("spare"), since=FROM.replace(year=2025), name="LUIS VERA"), key("spare"))


def without_key(cert: x509.Certificate) -> bytes:
    """Pack a certificate alone."""
    protection = BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(b"firma", None, None, [cert], protection)


@dataclass(frozen=True)
class Entry:
    """A certificate and its key in a file of several."""

    cert: x509.Certificate
    private: Any


def several(*entries: Entry, password: str = PASSWORD, indefinite: bool = False) -> bytes:
    """Pack several keys and certificates in one file, as the Banco Central does (no library writes that).

    `indefinite`: with lengths left open and strings in pieces, as Java's libraries write it.
    """
    bags = [_key_bag(entry.private, password) for entry in entries]
    bags += [_cert_bag(entry.cert) for entry in entries]
    safe = _seq(_seq(_oid("1.2.840.113549.1.7.1"), _explicit(_octets(_seq(*bags)))))
    content = _seq(_oid("1.2.840.113549.1.7.1"), _explicit(_octets(safe)))
    mac = _mac(safe, password)
    whole = _seq(_integer(3), content, mac)
    return _opened(der.read(whole)) if indefinite else whole


def _opened(node: der.Node) -> bytes:
    """Write a value in BER: open lengths, octet strings in two pieces."""
    if node.tag == der.OCTET_STRING and len(node.value) > 64:
        half = len(node.value) // 2
        pieces = der._with_length(4, node.value[:half]) + der._with_length(4, node.value[half:])
        return b"\x24\x80" + pieces + b"\0\0"
    if node.tag & der.CONSTRUCTED:
        return bytes((node.tag, 0x80)) + b"".join(map(_opened, node.parts)) + b"\0\0"
    return der.write(node)


def _key_bag(private: Any, password: str) -> bytes:
    shrouded = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    return _seq(_oid("1.2.840.113549.1.12.10.1.2"), _explicit(shrouded))


def _cert_bag(cert: x509.Certificate) -> bytes:
    inner = _seq(_oid("1.2.840.113549.1.9.22.1"), _explicit(_octets(cert.public_bytes(Encoding.DER))))
    return _seq(_oid("1.2.840.113549.1.12.10.1.3"), _explicit(inner))


def _mac(data: bytes, password: str) -> bytes:
    salt, rounds = b"12345678", 2000
    made = hmac.new(_derived(password, salt, rounds), data, "sha1").digest()
    sha1 = _seq(_oid("1.3.14.3.2.26"), b"\x05\0")
    return _seq(_seq(sha1, _octets(made)), _octets(salt), _integer(rounds))


def _derived(password: str, salt: bytes, rounds: int) -> bytes:
    """Derive the key of a MAC (RFC 7292, appendix B, for one block)."""
    secret = password.encode("utf-16-be") + b"\0\0"
    filled = b"".join((part * 64)[: 64 * -(-len(part) // 64)] for part in (salt, secret))
    found = hashlib.sha1(b"\x03" * 64 + filled).digest()
    for _ in range(rounds - 1):
        found = hashlib.sha1(found).digest()
    return found


def _seq(*parts: bytes) -> bytes:
    return der._with_length(der.SEQUENCE, b"".join(parts))


def _explicit(inner: bytes) -> bytes:
    return der._with_length(0xA0, inner)


def _octets(value: bytes) -> bytes:
    return der._with_length(der.OCTET_STRING, value)


def _integer(number: int) -> bytes:
    return der._with_length(der.INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    octets = [40 * first + second]
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.insert(0, number & 0x7F | 0x80)
        octets += groups
    return der._with_length(der.OBJECT_IDENTIFIER, bytes(octets))
