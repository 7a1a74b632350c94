"""What speaking to SRI comes to, for everything SRI, the network and firewalls may answer."""

import base64
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from sri import gateway, wire
from sri.gateway import Answered, HttpGateway, Received
from tests.sri.canned import KEY, SOAP, Canned, abort, serving

XML = f"<factura><infoTributaria><claveAcceso>{KEY}</claveAcceso></infoTributaria><a>ñ ]] &amp;</a></factura>".encode()
OTHER = "1" * 49
AUTHORIZED = (
    "<autorizacion><estado>AUTORIZADO</estado><numeroAutorizacion>{key}</numeroAutorizacion>"
    "<fechaAutorizacion>2026-03-31T10:20:30.123-05:00</fechaAutorizacion><ambiente>PRUEBAS</ambiente>"
    "<comprobante><![CDATA[{xml}]]></comprobante><mensajes><mensaje><identificador>60</identificador>"
    "<mensaje>ESTE PROCESO FUE REALIZADO EN EL AMBIENTE DE PRUEBAS</mensaje><tipo>ADVERTENCIA</tipo></mensaje>"
    "</mensajes></autorizacion>"
)
REFUSED = (
    "<autorizacion><estado>NO AUTORIZADO</estado><fechaAutorizacion>{at}</fechaAutorizacion>"
    "<ambiente>PRUEBAS</ambiente><comprobante><![CDATA[{xml}]]></comprobante><mensajes><mensaje>"
    "<identificador>{code}</identificador><mensaje>FIRMA INVALIDA</mensaje><informacionAdicional>La validacion de la "
    "cadena de confianza ha fallado</informacionAdicional><tipo>ERROR</tipo></mensaje></mensajes></autorizacion>"
)


@pytest.fixture
def canned(settings) -> Iterator[Canned]:
    with serving() as server:
        settings.SRI_URL_PRUEBAS = server.url
        settings.SRI_TIMEOUT = 5
        yield server


def authorized(key: str = KEY, xml: bytes = XML) -> str:
    return AUTHORIZED.format(key=key, xml=xml.decode())


def refused(at: str, code: str = "39") -> str:
    return REFUSED.format(at=at, code=code, xml=XML.decode())


def receive() -> gateway.Reception:
    return HttpGateway().receive(XML, "1")


def ask() -> gateway.Answer:
    return HttpGateway().ask(KEY, "1")


# Handing in


def test_a_document_is_handed_in_byte_for_byte(canned: Canned) -> None:
    canned.reception("<estado>RECIBIDA</estado><comprobantes/>")
    answer = receive()
    (path, body), *_ = canned.asked
    envelope = etree.fromstring(body)
    question = envelope.find(".//{http://ec.gob.sri.ws.recepcion}validarComprobante")
    assert path == "/comprobantes-electronicos-ws/RecepcionComprobantesOffline"
    assert question is not None
    assert base64.b64decode(question.findtext("xml", "")) == XML
    assert (answer.outcome, answer.messages, answer.http_status) == (Received.RECEIVED, (), 200)
    assert answer.raw == canned.body
    assert answer.elapsed > 0
    assert answer.answered


def test_a_returned_document_comes_with_its_messages(canned: Canned) -> None:
    canned.reception(
        f"<estado>DEVUELTA</estado><comprobantes><comprobante><claveAcceso>{KEY}</claveAcceso><mensajes><mensaje>"
        "<identificador>43</identificador><mensaje>CLAVE ACCESO REGISTRADA</mensaje><tipo>ERROR</tipo></mensaje>"
        "<mensaje><identificador>35</identificador><mensaje>ARCHIVO NO CUMPLE ESTRUCTURA XML</mensaje>"
        "<informacionAdicional>x</informacionAdicional><tipo>ERROR</tipo></mensaje>"
        "</mensajes></comprobante></comprobantes>"
    )
    answer = receive()
    assert answer.outcome is Received.RETURNED
    assert [(m.code, m.text, m.info, m.kind) for m in answer.messages] == [
        ("43", "CLAVE ACCESO REGISTRADA", "", "ERROR"),
        ("35", "ARCHIVO NO CUMPLE ESTRUCTURA XML", "x", "ERROR"),
    ]


def test_sri_may_not_have_read_the_key(canned: Canned) -> None:
    canned.reception(
        "<estado>DEVUELTA</estado><comprobantes><comprobante><claveAcceso>N/A</claveAcceso><mensajes><mensaje>"
        "<identificador>35</identificador><mensaje>X</mensaje><tipo>ERROR</tipo></mensaje></mensajes></comprobante>"
        "</comprobantes>"
    )
    assert receive().outcome is Received.RETURNED


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<estado/>",
        "<estado>RECIBIDO</estado>",
        "<estado>recibida</estado>",
        "<estado>DEVUELTA</estado><comprobantes/>",
        f"<estado>RECIBIDA</estado><comprobantes><comprobante><claveAcceso>{OTHER}</claveAcceso></comprobante>"
        "</comprobantes>",
    ],
)
def test_what_is_no_clear_reception_is_unknown(canned: Canned, inner: str) -> None:
    canned.reception(inner)
    answer = receive()
    assert answer.outcome is Received.UNKNOWN
    assert answer.problem
    assert not answer.answered


# Asking


def test_an_authorization_is_read_with_all_that_is_kept_of_it(canned: Canned) -> None:
    canned.authorization(authorized())
    answer = ask()
    (path, body), *_ = canned.asked
    question = etree.fromstring(body).find(".//{http://ec.gob.sri.ws.autorizacion}autorizacionComprobante")
    assert path == "/comprobantes-electronicos-ws/AutorizacionComprobantesOffline"
    assert question is not None
    assert question.findtext("claveAccesoComprobante") == KEY
    assert answer.outcome is Answered.AUTHORIZED
    assert (answer.number, answer.environment, answer.document) == (KEY, "1", XML)
    assert answer.authorized_at == datetime(2026, 3, 31, 15, 20, 30, 123000, tzinfo=UTC)
    assert [m.code for m in answer.messages] == ["60"]
    assert answer.raw == canned.body


def test_documents_do_not_leak_into_logs_by_being_shown(canned: Canned) -> None:
    canned.authorization(authorized())
    assert "factura" not in repr(ask())


def test_the_wrapper_holds_the_document_untouched(canned: Canned) -> None:
    canned.authorization(authorized())
    wrapper = ask().wrapper or b""
    assert wrapper.startswith(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>')
    assert b"<comprobante><![CDATA[" + XML + b"]]></comprobante>" in wrapper
    root = etree.fromstring(wrapper)
    assert [child.tag for child in root] == [
        *("estado", "numeroAutorizacion", "fechaAutorizacion", "ambiente", "comprobante", "mensajes")
    ]
    assert root.findtext("fechaAutorizacion") == "2026-03-31T10:20:30.123-05:00"
    assert root.findtext("mensajes/mensaje/identificador") == "60"
    assert root.findtext("mensajes/mensaje/mensaje", "").startswith("ESTE PROCESO")


def test_the_wrapper_survives_a_document_that_holds_a_cdata_section(canned: Canned) -> None:
    xml = XML.replace(b"]] &amp;", b"<![CDATA[a & b]]>")
    escaped = xml.decode().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    canned.authorization(authorized().replace(f"<![CDATA[{XML.decode()}]]>", escaped))
    answer = ask()
    assert answer.document == xml
    assert etree.fromstring(answer.wrapper or b"").findtext("comprobante", "").encode() == xml


def test_a_document_in_base64_is_read_too(canned: Canned) -> None:
    canned.authorization(authorized().replace(XML.decode(), base64.b64encode(XML).decode()))
    assert ask().document == XML


def test_qualified_children_are_read_too(canned: Canned) -> None:
    canned.authorization(authorized())
    canned.body = canned.body.replace(
        b"<RespuestaAutorizacionComprobante>",
        b'<RespuestaAutorizacionComprobante xmlns="http://ec.gob.sri.ws.autorizacion">',
    )
    assert ask().outcome is Answered.AUTHORIZED


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-31T10:20:30-05:00", datetime(2026, 3, 31, 15, 20, 30, tzinfo=UTC)),
        ("2026-03-31T15:20:30Z", datetime(2026, 3, 31, 15, 20, 30, tzinfo=UTC)),
        ("2026-03-31T10:20:30", datetime(2026, 3, 31, 15, 20, 30, tzinfo=UTC)),
        ("31/03/2026 10:20:30", datetime(2026, 3, 31, 15, 20, 30, tzinfo=UTC)),
        ("ayer", None),
        ("", None),
    ],
)
def test_the_time_of_authorization_is_read_as_ecuadors(canned: Canned, text: str, moment: datetime | None) -> None:
    canned.authorization(authorized().replace("2026-03-31T10:20:30.123-05:00", text))
    answer = ask()
    assert answer.outcome is Answered.AUTHORIZED
    assert answer.authorized_at == moment
    if answer.authorized_at:
        assert answer.authorized_at.utcoffset() in (timedelta(hours=-5), UTC.utcoffset(None))


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("AUTORIZADO", Answered.AUTHORIZED),
        (" AUTORIZADO\n", Answered.AUTHORIZED),
        ("NO AUTORIZADO", Answered.REFUSED),
        ("NO  AUTORIZADO", Answered.REFUSED),
        ("RECHAZADO", Answered.REFUSED),
        ("EN PROCESO", Answered.PROCESSING),
        ("PPR", Answered.PROCESSING),
        ("AUT", Answered.UNKNOWN),
        ("Autorizado", Answered.UNKNOWN),
        ("PRE AUTORIZADO", Answered.UNKNOWN),
        ("AUTORIZADO*", Answered.UNKNOWN),
        ("ANULADO", Answered.UNKNOWN),
        ("", Answered.UNKNOWN),
    ],
)
def test_only_the_word_autorizado_authorizes(canned: Canned, state: str, outcome: Answered) -> None:
    canned.authorization(authorized().replace("AUTORIZADO", state))
    assert ask().outcome is outcome


def test_among_several_an_authorization_wins(canned: Canned) -> None:
    canned.authorization(refused("2026-04-02T00:00:00-05:00") + authorized() + refused("2026-04-01T00:00:00-05:00"))
    answer = ask()
    assert answer.outcome is Answered.AUTHORIZED
    assert [m.code for m in answer.messages] == ["60"]


def test_among_several_refusals_the_latest_counts(canned: Canned) -> None:
    canned.authorization(
        refused("2026-04-01T00:00:00-05:00", "52")
        + refused("2026-04-02T00:00:00-05:00", "39")
        + refused("2026-04-01T12:00:00-05:00", "35")
        + refused("", "40")
    )
    answer = ask()
    assert answer.outcome is Answered.REFUSED
    (message,) = answer.messages
    assert (message.code, message.kind) == ("39", "ERROR")
    assert message.advice.startswith("El SRI no reconoce a quien emitió el certificado")


def test_nothing_under_this_key(canned: Canned) -> None:
    canned.authorization("", count="0")
    assert ask().outcome is Answered.ABSENT


def test_an_answer_that_counts_documents_and_shows_none_is_unknown(canned: Canned) -> None:
    canned.authorization("", count="1")
    assert ask().outcome is Answered.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        "<ns2:autorizacionComprobanteResponse xmlns:ns2='http://ec.gob.sri.ws.autorizacion'/>",
        "<autorizacionComprobanteResponse><RespuestaAutorizacionComprobante/></autorizacionComprobanteResponse>",
        "",
    ],
)
def test_an_empty_answer_is_no_proof_of_absence(canned: Canned, body: str) -> None:
    canned.body = SOAP.format(body).encode()
    assert ask().outcome is Answered.UNKNOWN


def test_an_answer_for_another_key_is_unknown(canned: Canned) -> None:
    canned.authorization(authorized(), key=OTHER)
    assert ask().outcome is Answered.UNKNOWN


def test_an_answer_with_another_document_is_unknown(canned: Canned) -> None:
    canned.authorization(authorized(xml=XML.replace(KEY.encode(), OTHER.encode())))
    assert ask().outcome is Answered.UNKNOWN
    canned.authorization(authorized(key=OTHER))
    assert ask().outcome is Answered.UNKNOWN


def test_an_authorization_by_the_other_environment_is_unknown(canned: Canned) -> None:
    canned.authorization(authorized().replace("PRUEBAS</ambiente>", "PRODUCCIÓN</ambiente>"))
    assert ask().outcome is Answered.UNKNOWN


# What is no answer


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (
            500,
            SOAP.format(
                "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>Unmarshalling Error: x</faultstring>"
                "</soap:Fault>"
            ),
            "Unmarshalling Error: x",
        ),
        (200, SOAP.format("<soap:Fault><faultstring>Nada</faultstring></soap:Fault>"), "Nada"),
        (500, "", "vacío"),
        (503, "<html><body>Service Unavailable</body></html>", "página"),
        (502, "Bad gateway", "502"),
        (403, "<html><head><title>Request Rejected</title></head><body>ID: 1<br></body></html>", "cortafuegos"),
        (200, "<html><head><title>Request Rejected</title></head><body>ID: 1<br></body></html>", "cortafuegos"),
        (302, "", "vacío"),
        (404, "<html><body>No</body></html>", "página"),
        (200, "", "vacío"),
        (200, "   \n", "vacío"),
        (200, "<a/>", "no es de su servicio"),
        (200, "RECIBIDA", "no se puede leer"),
        (200, SOAP.format("<estado>RECIBIDA</estado>"), "no es de su servicio"),
        (200, '<?xml version="1.0" encoding="UTF-8"?>' + SOAP.format("<a>\udcf1</a>"), "no se puede leer"),
        (200, '<!DOCTYPE a [<!ENTITY b "AUTORIZADO">]>' + SOAP.format("<a>&b;</a>"), "no se puede leer"),
    ],
)
def test_whatever_else_comes_back_is_unknown_and_told(canned: Canned, status: int, body: str, told: str) -> None:
    canned.status, canned.body = status, body.encode(errors="surrogateescape")
    for outcome in (receive(), ask()):
        assert outcome.outcome.value == "unknown"
        assert told in outcome.problem
        assert outcome.http_status == status
        assert outcome.raw == canned.body


def test_a_good_answer_with_an_error_status_is_unknown(canned: Canned) -> None:
    canned.authorization(authorized())
    canned.status = 500
    assert ask().outcome is Answered.UNKNOWN


def test_an_answer_in_another_encoding_that_says_so_is_read(canned: Canned) -> None:
    canned.authorization(authorized())
    text = canned.body.decode()
    canned.body = ('<?xml version="1.0" encoding="ISO-8859-1"?>' + text).encode("latin-1")
    assert ask().document == XML


def test_an_enormous_answer_is_not_read(canned: Canned) -> None:
    canned.body = b" " * (wire.LARGEST_ANSWER + 1)
    outcome = receive()
    assert outcome.outcome is Received.UNKNOWN
    assert "demasiado grande" in outcome.problem
    assert outcome.raw == b""
    canned.reception("<estado>RECIBIDA</estado><comprobantes/>")
    assert receive().outcome is Received.RECEIVED


# The wire


def test_a_connection_cut_after_the_document_was_taken_is_unknown(canned: Canned) -> None:
    canned.before = abort
    outcome = receive()
    assert outcome.outcome is Received.UNKNOWN
    assert outcome.problem.startswith("Se cortó la conexión con el SRI")
    assert outcome.http_status is None


def test_an_answer_cut_in_the_middle_is_unknown(canned: Canned) -> None:
    canned.reception("<estado>RECIBIDA</estado><comprobantes/>")
    whole = canned.body

    def half(handler) -> bool:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(whole) + whole[:-20])
        handler.close_connection = True
        return True

    canned.before = half
    assert receive().outcome is Received.UNKNOWN


def test_silence_is_unknown_after_the_timeout(canned: Canned, settings) -> None:
    settings.SRI_TIMEOUT = 0.05
    release = threading.Event()
    canned.before = lambda handler: not release.wait(5)
    outcome = receive()
    release.set()
    assert outcome.outcome is Received.UNKNOWN
    assert "no respondió en 0.05 segundos" in outcome.problem
    assert outcome.elapsed < 2


def test_an_answer_that_trickles_is_given_up(canned: Canned, settings) -> None:
    settings.SRI_TIMEOUT = 0.1

    def trickle(handler) -> bool:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(20):
            handler.wfile.write(b" ")
            try:
                handler.wfile.flush()
            except OSError:
                break
            time.sleep(0.02)
        return abort(handler)

    canned.before = trickle
    outcome = receive()
    assert outcome.outcome is Received.UNKNOWN
    assert "no terminó de llegar" in outcome.problem


def test_a_refused_connection_surely_delivered_nothing(settings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.SRI_URL_PRUEBAS = f"http://127.0.0.1:{unused.getsockname()[1]}"
        outcome, answer = receive(), ask()
    assert outcome.outcome is Received.UNREACHABLE
    assert outcome.problem == "El servidor del SRI rechaza la conexión."
    assert answer.outcome is Answered.UNREACHABLE
    assert not outcome.answered
    assert not answer.answered


def test_a_name_that_does_not_resolve_surely_delivered_nothing(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_, **__):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.setenv("NO_PROXY", "*")
    settings.SRI_URL_PRUEBAS = "https://sri.invalid"
    outcome = receive()
    assert outcome.outcome is Received.UNREACHABLE
    assert outcome.problem.startswith("No se encuentra el servidor del SRI")


def test_a_failed_tls_handshake_surely_delivered_nothing(canned: Canned, settings) -> None:
    settings.SRI_URL_PRUEBAS = canned.url.replace("http:", "https:")
    outcome = receive()
    assert outcome.outcome is Received.UNREACHABLE
    assert outcome.problem.startswith("No se pudo establecer una conexión segura")
    assert canned.asked == []


def test_a_connection_nobody_accepts_surely_delivered_nothing(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib3.util.connection.create_connection", _never)
    settings.SRI_URL_PRUEBAS = "http://127.0.0.1:9"
    outcome = receive()
    assert outcome.outcome is Received.UNREACHABLE
    assert "no acepta la conexión" in outcome.problem


def _never(*_, **__):
    raise TimeoutError("timed out")


def test_tls_that_breaks_after_the_document_was_sent_is_unknown(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        settings.SRI_URL_PRUEBAS = server.url
        monkeypatch.setattr("http.client.HTTPConnection.getresponse", _broken_record)
        assert receive().outcome is Received.UNKNOWN


def _broken_record(*_, **__):
    raise ssl.SSLError("bad record mac")


def test_connections_are_kept(canned: Canned) -> None:
    canned.reception("<estado>RECIBIDA</estado><comprobantes/>")
    for _ in range(5):
        assert receive().outcome is Received.RECEIVED
    assert len(canned.connections) == 1


def test_each_thread_has_connections_of_its_own(canned: Canned) -> None:
    canned.reception("<estado>RECIBIDA</estado><comprobantes/>")
    outcomes: list[Received] = []
    threads = [threading.Thread(target=lambda: outcomes.append(receive().outcome)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [Received.RECEIVED] * 4
    assert len(canned.connections) == 4


# Which gateway, which address


class Stub:
    """Stands in for SRI."""

    def receive(self, xml: bytes, environment: str) -> gateway.Reception:
        return gateway.Reception(Received.RECEIVED)

    def ask(self, access_key: str, environment: str) -> gateway.Answer:
        return gateway.Answer(Answered.ABSENT)


def test_another_gateway_can_take_its_place() -> None:
    stub = Stub()
    assert isinstance(gateway.current(), HttpGateway)
    with gateway.use(stub):
        assert gateway.current() is stub
        with gateway.use(Stub()) as inner:
            assert gateway.current() is inner
        assert gateway.current() is stub
    assert isinstance(gateway.current(), HttpGateway)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "http://127.0.0.1:8001",
            "https://127.0.0.1",
            "https://localhost:8001",
            "https://sri.localhost",
            "https://10.1.2.3",
        ),
        *("https://192.168.1.1", "https://172.16.0.1", "https://169.254.169.254", "https://[::1]", "https://[fe80::1]"),
        *("https://[::ffff:127.0.0.1]", "https://0.0.0.0", "https://127.1", "https://2130706433", "https://0x7f000001"),
        *(
            "https://simulador",
            "https://sri.local",
            "https://[fd00::1]",
            "https://localhost.",
            "https://[::ffff:10.0.0.1]",
        ),
        *("http://cel.sri.gob.ec", "cel.sri.gob.ec", "", "https://", "https://[::1", "ftp://8.8.8.8"),
    ],
)
def test_production_is_a_public_address(settings, address: str) -> None:
    settings.SRI_URL_PRODUCCION = address
    with pytest.raises(gateway.AddressNotPublic) as refusal:
        gateway.check_address("2")
    assert refusal.value.code == "sri_address_not_public"


def test_a_name_that_leads_into_a_private_network_is_none(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    wire._look_up.cache_clear()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("192.168.0.9", 0))])
    settings.SRI_URL_PRODUCCION = "https://sri.example.com"
    with pytest.raises(gateway.AddressNotPublic):
        gateway.check_address("2")
    wire._look_up.cache_clear()


@pytest.mark.parametrize("address", ["https://cel.sri.gob.ec", "https://8.8.8.8", "https://[2001:4860:4860::8888]"])
def test_a_public_address_is_accepted(settings, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    wire._look_up.cache_clear()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("200.110.86.1", 0))])
    settings.SRI_URL_PRODUCCION = address
    gateway.check_address("2")
    wire._look_up.cache_clear()


def test_the_test_environment_may_be_anywhere(settings) -> None:
    settings.SRI_URL_PRUEBAS = "http://127.0.0.1:8001"
    gateway.check_address("1")


def test_nothing_of_production_is_sent_to_this_machine(canned: Canned, settings) -> None:
    settings.SRI_URL_PRODUCCION = canned.url
    outcome, answer = HttpGateway().receive(XML, "2"), HttpGateway().ask(KEY, "2")
    assert (outcome.outcome, answer.outcome) == (Received.UNREACHABLE, Answered.UNREACHABLE)
    assert canned.url in outcome.problem
    assert canned.asked == []
