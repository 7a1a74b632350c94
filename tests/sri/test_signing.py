"""The signature: what an independent program says of it, and that nothing can be changed behind it."""

import base64
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sri import signing
from sri.signing import SignatureInvalid, Signer, issuer_name, sign, verify
from tests.sri import certs

AT = datetime(2026, 11, 21, 1, 2, 3, 999_999, tzinfo=UTC)
INVOICE = """<?xml version="1.0" encoding="UTF-8"?>
<factura id="comprobante" version="1.1.0">
  <infoTributaria><razonSocial>Ñandú &amp; Hijos "S.A." &lt;Quito&gt;</razonSocial></infoTributaria>
  <!-- what no reader sees -->
  <detalles><detalle><descripcion>Cancha\t1</descripcion><cantidad>1.000000</cantidad></detalle></detalles>
  <infoAdicional><campoAdicional nombre="Dirección">Av. 10 de Agosto</campoAdicional></infoAdicional>
</factura>
""".encode()

XMLSEC1 = [
    "xmlsec1", "--verify", "--id-attr:id", "factura",
    "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
    "--id-attr:Id", "http://www.w3.org/2000/09/xmldsig#:KeyInfo",
]  # fmt: skip
needs_xmlsec1 = pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="xmlsec1 is not installed")


def signed(xml: bytes = INVOICE, signer: Signer | None = None, **options: str) -> bytes:
    return sign(xml, signer or certs.signer(), at=AT, **options)


def by_xmlsec1(document: bytes, folder: Path, *, trusted: x509.Certificate | None = None) -> tuple[bool, str]:
    """Return whether xmlsec1 takes the document, and what it says; without a trusted CA it uses the KeyValue."""
    (folder / "signed.xml").write_bytes(document)
    command = list(XMLSEC1)
    if trusted is not None:
        (folder / "ca.pem").write_bytes(trusted.public_bytes(Encoding.PEM))
        command += ["--trusted-pem", str(folder / "ca.pem"), "--enabled-key-data", "x509"]
        command += ["--verification-time", "2026-11-21 00:00:00"]
    ran = subprocess.run([*command, str(folder / "signed.xml")], capture_output=True, text=True, check=False)
    return ran.returncode == 0, ran.stdout + ran.stderr


@needs_xmlsec1
@pytest.mark.parametrize("trusting", [True, False])
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_another_program_finds_three_good_references(algorithm, trusting, tmp_path):
    trusted = certs.authority() if trusting else None
    good, said = by_xmlsec1(signed(algorithm=algorithm), tmp_path, trusted=trusted)
    assert good, said
    assert "SignedInfo References (ok/all): 3/3" in said


@needs_xmlsec1
def test_another_program_does_not_trust_another_ca(tmp_path):
    assert not by_xmlsec1(signed(), tmp_path, trusted=certs.certificate())[0]


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_our_own_check_says_whose_it_is_and_since_when(algorithm):
    found = verify(signed(algorithm=algorithm))
    assert found.certificate == certs.signer().certificate
    assert found.algorithm == algorithm
    assert found.signed_at == AT.replace(microsecond=0)


def test_the_signing_time_is_ecuador_s_and_never_later_than_now():
    assert b"<etsi:SigningTime>2026-11-20T20:02:03-05:00</etsi:SigningTime>" in signed()
    with pytest.raises(ValueError, match="offset"):
        sign(INVOICE, certs.signer(), at=datetime(2026, 11, 21))  # noqa: DTZ001


def test_the_signature_is_the_root_s_last_child_and_not_another_byte_is_touched():
    whole = signed()
    start, end = whole.index(b"<ds:Signature "), whole.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    assert whole[:start] + whole[end:] == INVOICE
    assert whole[end:] == b"</factura>\n"
    assert etree.fromstring(whole)[-1].tag == f"{{{signing.DS}}}Signature"


def test_the_same_document_is_signed_by_the_same_bytes():
    assert signed() == signed()


def test_the_profile_is_the_documented_one():
    """FACTS §5: inclusive C14N, RSA-SHA1, SHA-1 digests, three references, KeyInfo with certificate and key."""
    names = {"ds": signing.DS, "etsi": signing.XADES}
    root = etree.fromstring(signed())
    assert root.nsmap == {}
    info = root.find("ds:Signature/ds:SignedInfo", names)
    assert [each.get("Algorithm") for each in info.iter("{*}CanonicalizationMethod", "{*}SignatureMethod")] == [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    ]
    assert {each.get("Algorithm") for each in root.iter("{*}DigestMethod")} == {f"{signing.DS}sha1"}
    properties = root.find(".//etsi:SignedProperties", names)
    assert [(each.get("Type"), each.get("URI")) for each in info.findall("ds:Reference", names)] == [
        ("http://uri.etsi.org/01903#SignedProperties", f"#{properties.get('Id')}"),
        (None, f"#{root.find('.//ds:KeyInfo', names).get('Id')}"),
        (None, "#comprobante"),
    ]
    assert [each.get("Algorithm") for each in info.iter("{*}Transform")] == [f"{signing.DS}enveloped-signature"]
    cert = certs.signer().certificate
    modulus = base64.b64decode(root.findtext(".//ds:Modulus", namespaces=names))
    assert (len(modulus), int.from_bytes(modulus, "big")) == (256, cert.public_key().public_numbers().n)
    assert root.findtext(".//ds:X509SerialNumber", namespaces=names) == str(cert.serial_number)
    assert root.findtext(".//etsi:Description", namespaces=names) == "contenido comprobante"
    assert root.findtext(".//etsi:MimeType", namespaces=names) == "text/xml"
    about = root.find(".//etsi:DataObjectFormat", names).get("ObjectReference")
    assert about == f"#{info.findall('ds:Reference', names)[2].get('Id')}"


# Nothing can be changed

CHANGES = {
    "an amount": (b"1.000000", b"9.000000"),
    "a word": ("Dirección".encode(), b"Direccion"),
    "white space": (b"\n  <detalles>", b"\n <detalles>"),
    "the version": (b'version="1.1.0"', b'version="2.1.0"'),
    "an element more": (b"</detalles>", b"</detalles><otro></otro>"),
    "the signing time": (b"20:02:03-05:00", b"20:02:04-05:00"),
    "the serial number": (b"<ds:X509SerialNumber>", b"<ds:X509SerialNumber>1"),
    "the media type": (b"text/xml", b"text/xmm"),
    "the exponent": (b"<ds:Exponent>AQAB", b"<ds:Exponent>AQAD"),
    "a digest": (b"<ds:DigestValue>", b"<ds:DigestValue>AA"),
    "the value": (b'Id="SignatureValue1">', b'Id="SignatureValue1">AAAA'),
    "the reference to the document": (b'URI="#comprobante"', b'URI=""'),
    "the transform": (b"<ds:Transforms>", b"<ds:Transforms><!-- --><ds:Transform/>"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(change, tmp_path):
    before, after = CHANGES[change]
    whole = signed()
    assert before in whole
    changed = whole.replace(before, after, 1)
    with pytest.raises(SignatureInvalid):
        verify(changed)
    if shutil.which("xmlsec1"):
        assert not by_xmlsec1(changed, tmp_path)[0]


def test_a_comment_is_not_signed():
    assert verify(signed().replace(b"what no reader sees", b"nor signs"))


def test_the_certificate_of_somebody_else_is_seen():
    other = certs.certificate(name="OTRA PERSONA")
    mixed = signed().replace(*(_encoded(each) for each in (certs.signer().certificate, other)))
    with pytest.raises(SignatureInvalid):
        verify(mixed)


def _encoded(cert: x509.Certificate) -> bytes:
    return base64.b64encode(cert.public_bytes(Encoding.DER))


def _moved(whole: bytes) -> bytes:
    start, end = whole.index(b"<ds:Signature "), whole.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return whole[:start].replace(b"<detalles>", whole[start:end] + b"<detalles>") + whole[end:]


@pytest.mark.parametrize(
    "strange",
    [
        lambda whole: INVOICE,
        lambda whole: b"<factura/>",
        lambda whole: b"nothing",
        lambda whole: b"",
        _moved,
        lambda whole: whole.replace(b"<detalles>", b'<detalles Id="Certificate1">'),
        lambda whole: whole.replace(b"<factura ", b'<!DOCTYPE factura [<!ENTITY x "y">]><factura '),
        lambda whole: whole.replace(b"rsa-sha1", b"rsa-md5"),
        lambda whole: re.sub(rb"<ds:Reference URI.*?</ds:Reference>", b"", whole, count=1),
        lambda whole: re.sub(rb"(<ds:X509Certificate>).*?(</ds:X509Certificate>)", rb"\1AAAA\2", whole),
        lambda whole: re.sub(rb"<etsi:SigningTime>.*?</etsi:SigningTime>", b"", whole),
    ],
)
def test_what_is_not_a_signed_document_is_told_so(strange):
    with pytest.raises(SignatureInvalid):
        verify(strange(signed()))


# Documents


@pytest.mark.parametrize(
    "xml",
    [
        b"<factura>",
        b'<factura id="comprobante"/>',
        b'<factura id="otro"></factura>',
        b'<factura xmlns:x="urn:x" id="comprobante"></factura>',
        b'\xef\xbb\xbf<factura id="comprobante"></factura>',
        b'<!DOCTYPE factura><factura id="comprobante"></factura>',
        b'<factura id="comprobante"></factura><!-- end -->',
    ],
)
def test_a_document_of_another_form_is_not_signed(xml):
    with pytest.raises(ValueError, match=r"document|root"):
        sign(xml, certs.signer(), at=AT)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n&<>\"'"), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(TEXT, TEXT)
def test_whatever_the_text_the_signature_holds(text, attribute):
    root = etree.Element("factura", id="comprobante", version="1.1.0")
    try:
        etree.SubElement(root, "campoAdicional", nombre=attribute).text = text
    except ValueError:  # not a character of XML
        return
    xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    assert verify(sign(xml, certs.signer(), at=AT)).algorithm == "sha1"


@needs_xmlsec1
def test_carriage_returns_and_entities_are_canonical_for_another_program_too(tmp_path):
    xml = '<factura id="comprobante"><a b="&#xD;&#9;&#xA;&quot;">&#xD; &amp; &#169; ñ ]]&gt;</a></factura>'.encode()
    assert by_xmlsec1(signed(xml), tmp_path)[0]


# The issuer's name, as Java's X500Principal reads it to the same name (tried with Java 17: equal in every case)

A = x509.NameAttribute
ORGANIZATION_IDENTIFIER = x509.ObjectIdentifier("2.5.4.97")
NAMES = [
    ([A(NameOID.COUNTRY_NAME, "EC"), A(NameOID.COMMON_NAME, "AC Uno")], "CN=AC Uno,C=EC"),
    ([A(NameOID.EMAIL_ADDRESS, "a@b.ec")], "1.2.840.113549.1.9.1=#1606614062" + "2e6563"),
    ([A(ORGANIZATION_IDENTIFIER, "59382")], "2.5.4.97=#0c053539333832"),
    ([A(NameOID.SERIAL_NUMBER, "1234")], "2.5.4.5=#130431323334"),
    ([A(NameOID.DOMAIN_COMPONENT, "sri")], "DC=#1603737269"),
    ([A(NameOID.LOCALITY_NAME, 'Qu,i"to + a;b<c>=d#e\\')], 'L=Qu\\,i\\"to \\+ a\\;b\\<c\\>\\=d\\#e\\\\'),
    ([A(NameOID.ORGANIZATION_NAME, " Lazzate  Cia. ")], "O=\\ Lazzate  Cia.\\ "),
    ([A(NameOID.STREET_ADDRESS, "L\nM")], "STREET=#0c034c0a4d"),
    ([A(NameOID.COMMON_NAME, "AÑ", _type=_ASN1Type.BMPString)], "CN=#1e04004100d1"),
    ([A(NameOID.COMMON_NAME, "AC", _type=_ASN1Type.T61String)], "CN=#14024143"),
]


@pytest.mark.parametrize(("attributes", "written"), NAMES)
def test_an_issuer_is_named_as_java_reads_it(attributes, written):
    assert issuer_name(certs.certificate(issuer=x509.Name(attributes))) == written


def test_several_values_in_one_part_of_a_name_stay_together():
    part = x509.RelativeDistinguishedName([A(NameOID.COMMON_NAME, "Uno"), A(NameOID.USER_ID, "u1")])
    assert issuer_name(certs.certificate(issuer=x509.Name([part]))) == "CN=Uno+UID=u1"


@needs_xmlsec1
def test_an_issuer_with_every_sign_is_signed(tmp_path):
    issuer = x509.Name([A(NameOID.COMMON_NAME, '100 % <AC> & %s "uno"')])
    signer = Signer(certs.certificate(issuer=issuer), certs.key())
    document = sign(INVOICE, signer, at=AT)
    assert by_xmlsec1(document, tmp_path)[0]
    assert verify(document).certificate == signer.certificate
    name = etree.fromstring(document).findtext(f".//{{{signing.DS}}}X509IssuerName")
    assert name == 'CN=100 % \\<AC\\> & %s \\"uno\\"'


def test_a_signer_tells_nobody_its_key():
    assert "RSAPrivateKey" not in repr(certs.signer())
