"""Opening .p12 files as Ecuador's CAs hand them out; each that cannot sign is refused with its own sentence."""

import shutil
import subprocess
import time
import warnings
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from sri import der
from sri.certificates import MAX_BYTES, SENTENCES, CertificateRefused, Opened, open_p12
from sri.signing import sign, verify
from tests.sri import certs
from tests.sri.certs import Entry, certificate, key, p12, several

RUC, OTHER = "1790012345001", "0990000000001"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ENCRYPTING = ("key_encipherment", "data_encipherment")


def opened(data: bytes, password: str = certs.PASSWORD, *, ruc: str = RUC, now: datetime = NOW) -> Opened:
    return open_p12(data, password, ruc=ruc, now=now)


def refusal(data: bytes, *args: str, **options: object) -> CertificateRefused:
    with pytest.raises(CertificateRefused) as refused:
        opened(data, *args, **options)  # type: ignore[arg-type]
    return refused.value


def test_what_is_opened_signs_and_says_who_it_is():
    cert = certificate(ruc=RUC, serial=0x0FFF_FFFF_FFFF_FFFF_FFFF)
    found = opened(p12(cert))
    assert (found.holder, found.issuer) == ("ANA MARÍA TORRES", "AC Subordinada Ñ 1, Certificadora de Prueba, S.A.")
    assert (found.serial, found.ruc_in_certificate) == (str(cert.serial_number), RUC)
    assert (found.valid_from, found.valid_until) == (certs.FROM, certs.UNTIL)
    assert len(found.fingerprint) == 64
    document = sign(b'<factura id="comprobante"></factura>', found.signer, at=NOW)
    assert verify(document).certificate == cert


@pytest.mark.parametrize("options", [{"legacy": True}, {"password": ""}, {"password": "x" * 100}])
def test_however_it_is_protected_it_opens(options):
    assert opened(p12(**options), options.get("password", certs.PASSWORD)).holder == "ANA MARÍA TORRES"


@pytest.fixture
def openssl(tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    (tmp_path / "cert.pem").write_bytes(certificate().public_bytes(Encoding.PEM))
    private = key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (tmp_path / "key.pem").write_bytes(private)

    def export(*options: str) -> bytes:
        command = ["openssl", "pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", "out.p12"]
        ran = subprocess.run(
            [*command, "-passout", "pass:clave", *options], cwd=tmp_path, check=False, capture_output=True
        )
        if ran.returncode:
            pytest.skip("openssl here has no such ciphers")
        return (tmp_path / "out.p12").read_bytes()

    return export


@pytest.mark.parametrize(
    "options",
    [
        ["-legacy"],  # RC2-40 for the certificate, 3DES for the key, a SHA-1 MAC: what most CAs write
        ["-legacy", "-descert"],
        ["-legacy", "-keypbe", "PBE-SHA1-RC2-40", "-certpbe", "PBE-SHA1-RC2-40"],
        ["-macalg", "sha1"],
        [],
    ],
)
def test_files_of_openssl_open_the_oldest_ciphers_too(openssl, options):
    assert opened(openssl(*options), "clave").holder == "ANA MARÍA TORRES"


# Several in one file


def test_of_several_the_one_for_signing_is_taken_whatever_their_order():
    encrypting = Entry(certificate(key("a"), usage=ENCRYPTING), key("a"))
    signing = Entry(certificate(key("b")), key("b"))
    for entries in [(encrypting, signing), (signing, encrypting)]:
        found = opened(several(*entries))
        assert found.signer.certificate == signing.cert
        assert found.signer.key.public_key() == key("b").public_key()


def test_files_with_open_lengths_as_java_writes_them_open_without_a_warning():
    entries = Entry(certificate(key("a"), usage=ENCRYPTING), key("a")), Entry(certificate(key("b")), key("b"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert opened(several(*entries, indefinite=True)).signer.certificate == entries[1].cert


def test_of_two_in_force_the_newer_of_the_company_is_taken():
    older = Entry(certificate(key("a"), ruc=RUC), key("a"))
    newer = Entry(certificate(key("b"), ruc=RUC, since=certs.FROM + timedelta(days=30)), key("b"))
    strange = Entry(certificate(key(), ruc=OTHER, since=certs.FROM + timedelta(days=60)), key())
    assert opened(several(older, newer, strange)).signer.certificate == newer.cert


def test_of_an_expired_one_and_its_successor_the_successor_is_taken():
    old = Entry(certificate(key("a"), until=NOW - timedelta(days=1)), key("a"))
    new = Entry(certificate(key("b")), key("b"))
    assert opened(several(old, new)).signer.certificate == new.cert


# Refusals


def test_a_wrong_password_is_told():
    assert refusal(p12(), "otra").code == "p12_password_wrong"
    assert refusal(p12(), "").code == "p12_password_wrong"
    assert refusal(p12(), "a\0b").code == "p12_password_wrong"
    assert refusal(p12(password=""), "algo").code == "p12_password_wrong"
    assert refusal(several(Entry(certificate(), key())), "otra").code == "p12_password_wrong"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hola",
        b"\x30\x80" * 5000,
        b"\x30\x03\x02\x01\x03",
        certificate().public_bytes(Encoding.DER),
        certificate().public_bytes(Encoding.PEM),
        certs.cached_p12()[:-1],
        certs.cached_p12()[:700],
    ],
)
def test_what_is_no_p12_is_told(data):
    assert refusal(data).code == "p12_invalid"


def test_a_file_that_would_take_minutes_to_open_is_not_opened():
    rounds = der.write(der.Node(der.INTEGER, b"\x07\xd0"))
    many = der.write(der.Node(der.INTEGER, b"\x7f\xff"))
    whole = several(Entry(certificate(), key()))
    assert whole.endswith(rounds)
    assert refusal(whole.removesuffix(rounds) + many).code == "p12_password_wrong"  # a few more are tried
    tree = der.read(whole)
    mac = tree.parts[2]
    costly = der.Node(mac.tag, parts=(*mac.parts[:2], der.Node(der.INTEGER, b"\x7f\xff\xff\xff")))
    start = time.perf_counter()
    assert refusal(der.write(der.Node(tree.tag, parts=(*tree.parts[:2], costly)))).code == "p12_invalid"
    assert time.perf_counter() - start < 1


def test_a_file_too_large_is_not_read():
    assert refusal(b"\x30" * (MAX_BYTES + 1)).code == "p12_too_large"


def test_a_certificate_without_its_key_is_told():
    assert refusal(certs.without_key(certificate())).code == "p12_without_key"
    stranger = several(Entry(certificate(key("a")), key("b")))
    assert refusal(stranger).code == "p12_without_key"


def test_a_certificate_for_encryption_only_is_told():
    assert refusal(p12(certificate(usage=ENCRYPTING))).code == "certificate_not_for_signing"
    assert opened(p12(certificate(usage=None)))  # one that does not say what it is for may sign


def test_another_kind_of_key_and_a_short_one_are_told():
    assert refusal(p12(private=certs.elliptic())).code == "certificate_key_unsupported"
    short = refusal(p12(private=key("short", 1024)))
    assert short.code == "certificate_key_short"
    assert "1024 bits" in short.message


def test_one_that_has_expired_or_has_not_begun_is_told_with_the_day_in_ecuador():
    late = refusal(p12(), now=certs.UNTIL)
    assert (late.code, late.message) == (
        "certificate_expired",
        "El certificado caducó el 31/12/2027. Renuévelo y suba el nuevo.",
    )
    assert opened(p12(), now=certs.UNTIL - timedelta(seconds=1))
    early = refusal(p12(), now=certs.FROM - timedelta(seconds=1))
    assert (early.code, "31/12/2025" in early.message) == ("certificate_not_yet_valid", True)


# The RUC, wherever a CA writes it


def _of(oid: str, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)


def _text(tag: int, text: str, encoding: str = "ascii") -> bytes:
    return der.write(der.Node(tag, text.encode(encoding)))


def _alternative(ruc: str) -> x509.SubjectAlternativeName:
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.47286.102.3.11")
    mail = x509.RFC822Name("ana@prueba.test")
    return x509.SubjectAlternativeName([mail, x509.DirectoryName(x509.Name([x509.NameAttribute(oid, ruc)]))])


PLACES = {
    "an extension, as UTF-8": lambda ruc: _of("1.3.6.1.4.1.37947.3.11", _text(0x0C, ruc)),
    "an extension, as printable text": lambda ruc: _of("1.3.6.1.4.1.37746.3.11", _text(0x13, ruc)),
    "an extension, as UTF-16": lambda ruc: _of("1.3.6.1.4.1.37746.3.11", _text(0x1E, ruc, "utf-16-be")),
    "an extension, wrapped": lambda ruc: _of("1.3.6.1.4.1.37442.10.4", _text(0x04, _text(0x0C, ruc).decode())),
    "an extension, bare": lambda ruc: _of("1.3.6.1.4.1.37442.10.4", ruc.encode()),
    "the alternative name": _alternative,
    "another kind of alternative name": lambda ruc: x509.SubjectAlternativeName(
        [x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.37746.3.11"), _text(0x0C, ruc))]
    ),
    "the alternative name, with a code of its country": lambda ruc: _alternative(f"VATEC-{ruc}"),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_ruc_is_found_wherever_it_stands(place):
    data = p12(certificate(extensions=(PLACES[place](RUC),)))
    assert opened(data).ruc_in_certificate == RUC
    refused = refusal(data, ruc=OTHER)
    assert refused.code == "certificate_of_another_ruc"
    assert RUC in refused.message
    assert OTHER in refused.message


@pytest.mark.parametrize("said", ["1710034065", "1710034065-221124151416", "IDCEC-1710034065"])
def test_a_natural_person_s_cedula_is_their_ruc_without_its_end(said):
    data = p12(certificate(cedula=said))
    assert opened(data, ruc="1710034065001").ruc_in_certificate == "1710034065001"
    assert opened(data, ruc=RUC).ruc_in_certificate == ""  # a legal representative's, which names no company


def test_of_a_representative_s_ruc_and_the_company_s_either_suits():
    data = p12(certificate(cedula="1710034065", ruc=RUC))
    assert opened(data).ruc_in_certificate == RUC
    assert opened(data, ruc="1710034065001").ruc_in_certificate == "1710034065001"
    assert refusal(data, ruc=OTHER).code == "certificate_of_another_ruc"


def test_the_ca_s_own_ruc_is_not_the_holder_s():
    issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"VATEC-{OTHER}")])
    name = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, OTHER)]))
    points = x509.CRLDistributionPoints([x509.DistributionPoint([name], None, None, None)])
    assert opened(p12(certificate(issuer=issuer, extensions=(points,)))).ruc_in_certificate == ""


def test_an_extension_the_library_refuses_hides_nothing():
    broken = _of("2.5.29.17", b"\x30\x03\x81\x01\xf1")  # a mail address that is not ASCII
    data = p12(certificate(ruc=RUC, extensions=(broken,)))
    assert opened(data).ruc_in_certificate == RUC


def test_every_sentence_can_be_said():
    values = {"bits": 1024, "day": "1/1/2026", "theirs": OTHER, "ruc": RUC}
    for code in SENTENCES:
        assert CertificateRefused(code, **values).message.endswith(".")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_and_never_an_error_of_ours(data):
    whole = bytearray(certs.several(Entry(certs.signer().certificate, key())))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(CertificateRefused):
        opened(bytes(whole))


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_whatever_is_read_is_asn_1_or_is_said_not_to_be(data):
    try:
        node = der.read(data)
    except der.NotDer:
        return
    assert der.read(der.write(node)) == der.read(der.write(der.read(der.write(node))))
