"""Opening a .p12 file: which certificate in it signs, and whether it may sign for a RUC.

Each reason why not has a sentence of its own, said when the file is uploaded and not when an invoice waits. Ecuador's
CAs differ: some put several certificates with their keys into one file (Banco Central), some protect it with ciphers of
the nineties, some write the RUC into an extension of theirs, others into the subject.

Whether SRI still knows the CA, and whether the certificate was revoked, is not asked here: that takes the network.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key, pkcs12
from cryptography.x509.oid import NameOID

from sri import der
from sri.signing import ECUADOR, Signer

MAX_BYTES: Final = 200 * 1024
LEAST_BITS: Final = 2048
MOST_ROUNDS: Final = 5_000_000  # of deriving the key: above it, opening the file would take the server minutes


_CANNOT_READ: Final = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)  # what the library raises

SENTENCES: Final = {
    "p12_too_large": "El archivo pesa más de 200 KB: no parece un certificado de firma.",
    "p12_invalid": "El archivo no es un certificado .p12 o .pfx, o está dañado. Suba el archivo tal como se lo entregó "
    "la entidad certificadora.",
    "p12_password_wrong": "La contraseña no abre el archivo. Es la que se eligió al descargar el certificado; revise "
    "mayúsculas y minúsculas. Si la olvidó, la entidad certificadora debe emitirlo de nuevo.",
    "p12_without_key": "El archivo no trae la clave privada del certificado, y sin ella no se puede firmar. "
    "Descárguelo o expórtelo de nuevo con la clave privada incluida.",
    "certificate_not_for_signing": "El certificado sirve para cifrar, no para firmar. Suba el certificado de firma "
    "electrónica, que suele venir en otro archivo.",
    "certificate_key_unsupported": "La clave del certificado no es RSA, la única que el SRI recibe. Pida a la entidad "
    "certificadora un certificado RSA de 2048 bits.",
    "certificate_key_short": "La clave del certificado tiene %(bits)d bits y el SRI pide 2048. Pida otro certificado.",
    "certificate_expired": "El certificado caducó el %(day)s. Renuévelo y suba el nuevo.",
    "certificate_not_yet_valid": "El certificado vale desde el %(day)s: súbalo ese día.",
    "certificate_of_another_ruc": "El certificado es del RUC %(theirs)s y la empresa tiene el RUC %(ruc)s: el SRI "
    "rechazaría la firma. Suba el certificado de esta empresa o de su representante legal.",
    "certificate_unreadable": "El certificado del archivo no se puede leer. Pida a la entidad certificadora que lo "
    "emita de nuevo.",
}


class CertificateRefused(Exception):
    """The file cannot be used to sign: a stable code, and a Spanish sentence that says what to do."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.message = SENTENCES[code] % values
        super().__init__(self.message)


@dataclass(frozen=True)
class Opened:
    """What signs, and what a person knows it by."""

    signer: Signer
    holder: str
    issuer: str
    serial: str
    ruc_in_certificate: str  # "" where the certificate names none
    fingerprint: str  # SHA-256 of the certificate
    valid_from: datetime
    valid_until: datetime


class _Pair(NamedTuple):
    certificate: x509.Certificate
    key: Any


def open_p12(data: bytes, password: str, *, ruc: str, now: datetime) -> Opened:
    """Open a .p12 and return what signs for a RUC at a moment.

    Raises:
        CertificateRefused: with one of `SENTENCES`.
    """
    if len(data) > MAX_BYTES:
        raise CertificateRefused("p12_too_large")
    tree = _tree(data)
    try:
        pairs = _pairs(tree, password.encode())
        pairs = _in_force(_of_strong_keys(_for_signing(pairs)), now)
        return _opened(*_of_ruc(pairs, ruc))
    except (*_CANNOT_READ, IndexError) as error:
        raise CertificateRefused("certificate_unreadable") from error


def reopen(data: bytes, password: str, *, fingerprint: str) -> Signer:
    """Open a .p12 that was taken before, and return what signs with the certificate of a fingerprint.

    Raises:
        CertificateRefused: the file cannot be opened any more, or does not hold that certificate.
    """
    for pair in _pairs(_tree(data), password.encode()):
        if pair.certificate.fingerprint(hashes.SHA256()).hex() == fingerprint:
            return Signer(pair.certificate, pair.key)
    raise CertificateRefused("certificate_unreadable")


# What is in the file


def _tree(data: bytes) -> der.Node:
    """Read the outer structure, which is open to everybody (RFC 7292)."""
    try:
        tree = der.read_prefix(data)
        is_p12 = tree.parts[0] == der.Node(der.INTEGER, b"\x03") and tree.parts[1].parts[0].oid() == _DATA
        nodes = [*tree.walk(), *(node for safe in _safes(tree) for node in safe.walk())]
    except (der.NotDer, IndexError) as error:
        raise CertificateRefused("p12_invalid") from error
    numbers = (int.from_bytes(node.value, "big") for node in nodes if node.tag == der.INTEGER)
    if not is_p12 or max(numbers) > MOST_ROUNDS:
        raise CertificateRefused("p12_invalid")
    return tree


def _pairs(tree: der.Node, secret: bytes) -> list[_Pair]:
    """Return the certificates whose private key is in the file too."""
    if b"\0" in secret:  # no password has it, and the library ends in a panic
        raise CertificateRefused("p12_password_wrong")
    try:
        loaded = pkcs12.load_pkcs12(der.write(tree), secret)  # in DER: what Java and Windows write is only similar
    except _CANNOT_READ as error:
        raise CertificateRefused("p12_password_wrong") from error
    held = [loaded.cert, *loaded.additional_certs]
    certificates = [each.certificate for each in held if each is not None]
    keys = [loaded.key, *_more_keys(tree, secret)] if loaded.key else []
    by_public = {_public(key.public_key()): key for key in keys}
    pairs = [_Pair(each, by_public[public]) for each in certificates if (public := _public_of(each)) in by_public]
    if not pairs:
        raise CertificateRefused("p12_without_key")
    return pairs


_DATA: Final = "1.2.840.113549.1.7.1"
_KEY: Final = "1.2.840.113549.1.12.10.1.1"
_SHROUDED_KEY: Final = "1.2.840.113549.1.12.10.1.2"


def _safes(tree: der.Node) -> Iterator[der.Node]:
    """Yield the list of contents, then each that is not encrypted as a whole, opened; the keys are in those."""
    contents = der.read(tree.parts[1].parts[1].parts[0].octets())
    yield contents
    for each in contents.parts:
        if each.parts[0].oid() == _DATA:
            yield der.read(each.parts[1].parts[0].octets())


def _more_keys(tree: der.Node, secret: bytes) -> Iterator[Any]:
    """Yield every private key: the library returns the first only."""
    _contents, *safes = _safes(tree)
    for bag in (bag for safe in safes for bag in safe.parts):
        kind = bag.parts[0].oid()
        if kind in (_KEY, _SHROUDED_KEY):
            try:
                yield load_der_private_key(der.write(bag.parts[1].parts[0]), secret if kind == _SHROUDED_KEY else None)
            except _CANNOT_READ:
                continue  # a key of another kind, or under another password


def _public_of(certificate: x509.Certificate) -> bytes:
    try:
        return _public(certificate.public_key())
    except _CANNOT_READ:
        return b""


def _public(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


# Which of them signs


def _for_signing(pairs: list[_Pair]) -> list[_Pair]:
    signing = [pair for pair in pairs if _signs(pair.certificate)]
    if not signing:
        raise CertificateRefused("certificate_not_for_signing")
    return signing


def _signs(certificate: x509.Certificate) -> bool:
    """Say whether its key usage, where it has one, includes digital signatures."""
    usage = _extensions(certificate).get(_KEY_USAGE)
    return usage is None or bool(der.read(usage).value[1] & 0x80)


def _of_strong_keys(pairs: list[_Pair]) -> list[_Pair]:
    of_rsa = [pair for pair in pairs if isinstance(pair.key, rsa.RSAPrivateKey)]
    if not of_rsa:
        raise CertificateRefused("certificate_key_unsupported")
    strong = [pair for pair in of_rsa if pair.key.key_size >= LEAST_BITS]
    if not strong:
        raise CertificateRefused("certificate_key_short", bits=of_rsa[0].key.key_size)
    return strong


def _in_force(pairs: list[_Pair], now: datetime) -> list[_Pair]:
    coming = [pair for pair in pairs if now < pair.certificate.not_valid_before_utc]
    current = [pair for pair in pairs if pair not in coming and now < pair.certificate.not_valid_after_utc]
    if current:
        return current
    if coming:
        since = min(pair.certificate.not_valid_before_utc for pair in coming)
        raise CertificateRefused("certificate_not_yet_valid", day=_day(since))
    until = max(pair.certificate.not_valid_after_utc for pair in pairs)
    raise CertificateRefused("certificate_expired", day=_day(until))


def _of_ruc(pairs: list[_Pair], ruc: str) -> tuple[_Pair, str]:
    """Return the newest certificate that names the RUC, else one that names none (a legal representative's)."""
    named = [(pair, _names(pair.certificate)) for pair in pairs]
    own = [(pair, ruc) for pair, names in named if ruc in names.rucs | names.by_cedula]
    suiting = own or [(pair, "") for pair, names in named if not names.rucs]
    if not suiting:
        theirs = ", ".join(sorted({each for _pair, names in named for each in names.rucs}))
        raise CertificateRefused("certificate_of_another_ruc", theirs=theirs, ruc=ruc)
    return max(suiting, key=lambda found: found[0].certificate.not_valid_before_utc)


# What a certificate says

_RUC: Final = re.compile(r"(?:[A-Z]{3}EC-|RUC[ :-]*)?([0-9]{10}001)")
_CEDULA: Final = re.compile(r"(?:[A-Z]{3}EC-)?([0-9]{10})(?:-[0-9]+)?")
_KEY_USAGE: Final = "2.5.29.15"
# Extensions that speak of the CA, or of nobody.
_NOT_OF_THE_HOLDER: Final = {
    *(f"2.5.29.{number}" for number in (14, 15, 18, 19, 31, 32, 35, 37)),
    "1.3.6.1.5.5.7.1.1",
    "1.3.6.1.5.5.7.1.3",
}


class _Names(NamedTuple):
    rucs: set[str]
    by_cedula: set[str]  # the RUCs natural persons with these cédulas have


def _names(certificate: x509.Certificate) -> _Names:
    """Return the RUCs a certificate names: a text that is one, in the subject or in any extension about the holder."""
    values = [certificate.subject.public_bytes()]
    values += [value for oid, value in _extensions(certificate).items() if oid not in _NOT_OF_THE_HOLDER]
    texts = {text.strip() for value in values for text in _texts(value)}
    rucs = {found[1] for text in texts if (found := _RUC.fullmatch(text))}
    return _Names(rucs, {found[1] + "001" for text in texts if (found := _CEDULA.fullmatch(text))})


def _texts(value: bytes) -> Iterator[str]:
    """Yield every text in an encoded value, also in what it wraps; what is not encoded at all is a text itself."""
    try:
        tree = der.read(value)
    except der.NotDer:
        yield value.decode("latin-1")
        return
    for node in tree.walk():
        if (text := node.text()) is not None:
            yield text
        elif not node.parts and len(node.value) > 1:
            yield from _texts(node.value)


def _extensions(certificate: x509.Certificate) -> dict[str, bytes]:
    """Return the extensions as encoded; the library refuses all of them where one is not as it should be."""
    for part in der.read(certificate.tbs_certificate_bytes).parts:
        if part.tag == 0xA3:
            return {each.parts[0].oid(): each.parts[-1].octets() for each in part.parts[0].parts}
    return {}


def _opened(pair: _Pair, ruc: str) -> Opened:
    certificate = pair.certificate
    return Opened(
        signer=Signer(certificate, pair.key),
        holder=_title(certificate.subject),
        issuer=_title(certificate.issuer),
        serial=str(certificate.serial_number),
        ruc_in_certificate=ruc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
    )


def _title(name: x509.Name) -> str:
    """Say a name as people do: what it is called, and its organization where that says more."""
    said: list[str] = []
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        texts = (str(each.value) for each in name.get_attributes_for_oid(kind))
        said += ["".join(char for char in text if char.isprintable()).strip() for text in texts]
    return ", ".join(dict.fromkeys(filter(None, said))) or name.rfc4514_string()


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(ECUADOR):%d/%m/%Y}"
