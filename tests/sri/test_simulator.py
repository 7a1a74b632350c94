"""The simulated SRI: every check in its order, every fault, over HTTP and in process."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import zeep
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from django.core.management import CommandError, call_command

from sri.certificates import CertificateRefused, open_p12
from sri.gateway import Answer, Answered, HttpGateway, Received, Reception
from sri.signing import Signer, sign
from sri.simulator import Receipt, Server, Simulator, ca, serve
from sri.simulator.documents import LARGEST
from tests.sri.sample import NOON, NOTA_CREDITO, RUC, factura, invoice, key_of, signed, signer, trusted
from tests.sri_files import SRI_FILES, needs_sri_files

KEY = key_of(1)


class Travelling:
    """A clock to turn."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment

    def wait(self, **values: float) -> None:
        self.moment += timedelta(**values)


@pytest.fixture
def time_of_sri() -> Travelling:
    return Travelling()


@pytest.fixture
def sri(tmp_path: Path, time_of_sri: Travelling) -> Iterator[Simulator]:
    shutil.copy(trusted() / ca.FILE, tmp_path)
    simulator = Simulator(tmp_path, time_of_sri)
    yield simulator
    simulator.close()


@pytest.fixture
def server(sri: Simulator, settings) -> Iterator[Server]:
    with serve(sri) as served:
        settings.SRI_URL_PRUEBAS = served.url
        settings.SRI_TIMEOUT = 5
        yield served


def codes(sri: Simulator, xml: bytes) -> str:
    """The codes of handing a document in and asking about it: returned|… or state|…"""
    receipt = sri.receive(xml)
    if receipt.state == "DEVUELTA":
        return f"DEVUELTA {' '.join(notice.code for notice in receipt.notices)}"
    (verdict,) = sri.authorize(receipt.key).verdicts[-1:]
    return f"{verdict.state} {' '.join(notice.code for notice in verdict.notices)}"


def receive(xml: bytes | None = None) -> Reception:
    return HttpGateway().receive(xml or invoice(), "1")


def ask(key: str = KEY) -> Answer:
    return HttpGateway().ask(key, "1")


# The two services


def test_a_good_document_is_authorized(server: Server) -> None:
    xml = invoice()
    received, answer = receive(xml), ask()
    assert (received.outcome, received.messages) == (Received.RECEIVED, ())
    assert answer.outcome is Answered.AUTHORIZED
    assert (answer.number, answer.document, answer.environment) == (KEY, xml, "1")
    assert answer.authorized_at == NOON
    (message,) = answer.messages
    assert (message.code, message.text, message.kind) == (
        "60",
        "ESTE PROCESO FUE REALIZADO EN EL AMBIENTE DE PRUEBAS",
        "ADVERTENCIA",
    )


def test_what_was_never_handed_in_is_absent(server: Server) -> None:
    assert ask().outcome is Answered.ABSENT


@needs_sri_files
def test_a_client_made_from_sris_own_description_is_served(server: Server) -> None:
    def client(name: str) -> Any:
        return zeep.Client(str(SRI_FILES / "wsdl" / f"wsdl_pruebas_{name}.wsdl"))

    def service(name: str) -> Any:
        ours = client(name)
        (binding,) = ours.wsdl.bindings
        return ours.create_service(binding, f"{server.url}/comprobantes-electronicos-ws/{name}")

    xml = invoice()
    received = service("RecepcionComprobantesOffline").validarComprobante(xml)
    again = service("RecepcionComprobantesOffline").validarComprobante(xml)
    authorization = service("AutorizacionComprobantesOffline")
    answer = authorization.autorizacionComprobante(KEY)
    assert received.estado == "RECIBIDA"
    assert again.estado == "DEVUELTA"
    assert again.comprobantes.comprobante[0].mensajes.mensaje[0].identificador == "43"
    assert (answer.claveAccesoConsultada, answer.numeroComprobantes) == (KEY, "1")
    (one,) = answer.autorizaciones.autorizacion
    assert (one.estado, one.numeroAutorizacion, one.ambiente) == ("AUTORIZADO", KEY, "PRUEBAS")
    assert one.comprobante.encode() == xml
    assert one.mensajes.mensaje[0].identificador == "60"
    assert authorization.autorizacionComprobanteLote(KEY).numeroComprobantesLote == "0"


@pytest.mark.parametrize("name", ["RecepcionComprobantesOffline", "AutorizacionComprobantesOffline"])
def test_the_description_is_served_with_its_own_address(server: Server, name: str) -> None:
    client = zeep.Client(f"{server.url}/comprobantes-electronicos-ws/{name}?wsdl")
    (service,) = client.wsdl.services.values()
    (port,) = service.ports.values()
    assert port.binding_options["address"] == f"{server.url}/comprobantes-electronicos-ws/{name}"


def test_a_question_nobody_understands_is_a_fault(server: Server) -> None:
    address = f"{server.url}/comprobantes-electronicos-ws/RecepcionComprobantesOffline"
    for body in (b"", b"<a/>", b"<a", b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/>"):
        answer = requests.post(address, data=body, timeout=5)
        assert answer.status_code == 500
        assert "Unmarshalling Error" in answer.text


def test_other_paths_are_not_found(server: Server) -> None:
    assert requests.get(f"{server.url}/", timeout=5).status_code == 404
    assert requests.post(f"{server.url}/x", data=b"1", timeout=5).status_code == 404


# Reception: what is returned is not kept


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (lambda: b"", "49"),
        (lambda: invoice(more="<!--" + "x" * LARGEST + "-->"), "26"),
        (lambda: b"<factura", "35"),
        (lambda: b"\xff\xfe", "35"),
        (lambda: invoice().replace(b"<ruc>", b"<rucx>").replace(b"</ruc>", b"</rucx>"), "35"),
        (lambda: invoice(day="2026-03-31", key=KEY), "35"),
        (lambda: invoice(version="0.9.0"), "36"),
        (lambda: invoice(version="9.9.9"), "48"),
        (lambda: invoice().replace(b"factura", b"nada"), "48"),
        (lambda: invoice(kind="04"), "47"),
        (lambda: invoice(day="31/02/2026"), "67"),
        (lambda: invoice(day="01/04/2026"), "65"),
        (lambda: invoice(day="30/12/2025"), "65"),
    ],
)
def test_each_check_of_reception(sri: Simulator, xml: Callable[[], bytes], code: str) -> None:
    assert codes(sri, xml()) == f"DEVUELTA {code}"
    assert sri.store.counts() == {}


@needs_sri_files
def test_the_official_schema_is_asked(sri: Simulator) -> None:
    receipt = sri.receive(invoice(base="10.005"))
    assert receipt.key == KEY
    (notice,) = receipt.notices
    assert notice.code == "35"
    assert "totalSinImpuestos" in notice.info


def test_without_the_official_schemas_the_least_is_checked(tmp_path: Path) -> None:
    bare = Simulator(tmp_path, lambda: NOON, schemas=tmp_path)
    bare._schemas = None
    assert codes(bare, invoice().replace(b"<estab>001", b"<estab>1")) == "DEVUELTA 35"
    assert bare.receive(invoice(base="10.005")).state == "RECIBIDA"
    bare.close()


@pytest.mark.parametrize(("day", "code"), [("31/12/2025", ""), ("31/03/2026", ""), ("30/12/2025", "65")])
def test_ninety_days_back_are_accepted(sri: Simulator, day: str, code: str) -> None:
    assert sri.receive(invoice(day=day)).state == ("DEVUELTA" if code else "RECIBIDA")


def test_the_day_is_ecuadors(sri: Simulator, time_of_sri: Travelling) -> None:
    time_of_sri.moment = datetime(2026, 4, 1, 4, 59, tzinfo=UTC)
    assert codes(sri, invoice(day="01/04/2026")) == "DEVUELTA 65"
    time_of_sri.moment = datetime(2026, 4, 1, 5, 0, tzinfo=UTC)
    assert codes(sri, invoice(day="01/04/2026")) == "AUTORIZADO 60"


def test_an_authorized_key_is_registered(sri: Simulator) -> None:
    assert codes(sri, invoice()) == "AUTORIZADO 60"
    assert codes(sri, invoice()) == "DEVUELTA 43"
    assert len(sri.authorize(KEY).verdicts) == 1


def test_what_was_received_is_decided_even_if_nobody_asks(sri: Simulator) -> None:
    sri.receive(invoice())
    assert codes(sri, invoice()) == "DEVUELTA 43"


def test_the_same_number_under_another_key_is_refused(sri: Simulator) -> None:
    assert codes(sri, invoice()) == "AUTORIZADO 60"
    receipt = sri.receive(invoice(code="87654321"))
    assert (receipt.state, receipt.notices[0].code) == ("DEVUELTA", "45")
    assert KEY in receipt.notices[0].info
    assert codes(sri, invoice(2)) == "AUTORIZADO 60"
    assert codes(sri, invoice(establishment="002")) == "AUTORIZADO 60"


def test_a_refused_document_may_be_handed_in_again_corrected(sri: Simulator, time_of_sri: Travelling) -> None:
    assert codes(sri, invoice(total="11.90")) == "NO AUTORIZADO 52 60"
    time_of_sri.wait(minutes=1)
    assert codes(sri, invoice()) == "AUTORIZADO 60"
    verdicts = sri.authorize(KEY).verdicts
    assert [verdict.state for verdict in verdicts] == ["NO AUTORIZADO", "AUTORIZADO"]
    assert verdicts[0].at < verdicts[1].at


def test_several_answers_are_read_as_the_authorization(server: Server) -> None:
    receive(invoice(total="11.90"))
    assert ask().outcome is Answered.REFUSED
    receive()
    assert ask().outcome is Answered.AUTHORIZED


def test_a_number_whose_document_was_refused_may_come_under_another_key(sri: Simulator) -> None:
    assert codes(sri, invoice(key=key_of(2))) == "NO AUTORIZADO 58 60"
    assert codes(sri, invoice()) == "AUTORIZADO 60"


def test_two_at_once_are_one(sri: Simulator) -> None:
    xml, other = invoice(), invoice(code="87654321")
    with ThreadPoolExecutor(8) as pool:
        receipts: list[Receipt] = list(pool.map(sri.receive, [xml, other] * 4))
    assert [receipt.state for receipt in receipts].count("RECIBIDA") == 1
    assert sum(sri.store.counts().values()) == 1


def test_two_processes_share_a_store(sri: Simulator) -> None:
    other = Simulator(sri.folder, lambda: NOON)
    assert codes(sri, invoice()) == "AUTORIZADO 60"
    assert codes(other, invoice()) == "DEVUELTA 43"
    other.close()


# Authorization, in SRI's order


@pytest.mark.parametrize(
    ("xml", "code", "info"),
    [
        (lambda: factura().encode(), "39", "no está firmado"),
        (lambda: invoice().replace(b"Cancha", b"Canchb"), "39", "alterados"),
        (lambda: signed(factura(), stranger()), "39", "cadena de confianza"),
        (lambda: signed(factura(), signer("0992877878001")), "39", f"no pertenece al RUC {RUC}"),
        (lambda: signed(factura(), signer(since=datetime(2024, 1, 1, tzinfo=UTC), days=30)), "39", "caducado"),
        (lambda: signed(factura(), signer(since=datetime(2026, 4, 1, tzinfo=UTC))), "39", "no es vigente"),
        (lambda: signed(factura(), at=NOON + timedelta(hours=1)), "39", "mayor a la fecha actual"),
        (lambda: without_certificate(), "40", "X509"),
        (lambda: invoice(total="11.53"), "52", "0.03 en importeTotal"),
        (lambda: invoice(line="10.02"), "52", "precioTotalSinImpuesto"),
        (lambda: invoice(base="10.03", total="11.53"), "52", "totalSinImpuestos"),
        (lambda: invoice(tax="1.53", total="11.53"), "52", "IVA"),
        (lambda: invoice(key=key_of(1, day="30/03/2026")), "58", "fecha"),
        (lambda: invoice(key=key_of(1, kind="04")), "58", "tipo de comprobante"),
        (lambda: invoice(key=key_of(1, ruc="0992877878001")), "58", "RUC"),
        (lambda: invoice(key=key_of(1, environment="2")), "58", "ambiente"),
        (lambda: invoice(key=key_of(1, establishment="002")), "58", "serie"),
        (lambda: invoice(key=key_of(2)), "58", "secuencial"),
        (lambda: invoice(key=KEY[:48] + str((int(KEY[48]) + 1) % 10)), "58", "dígito"),
    ],
)
def test_each_check_of_authorization(sri: Simulator, xml: Callable[[], bytes], code: str, info: str) -> None:
    receipt = sri.receive(xml())
    (verdict,) = sri.authorize(receipt.key).verdicts
    assert verdict.state == "NO AUTORIZADO"
    assert [notice.code for notice in verdict.notices] == [code, "60"]
    assert info in verdict.notices[0].info


def stranger() -> Signer:
    """Somebody whose certificate no authority issued."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    unknown = ca.Authority(ca.load(trusted()).certificate, key)
    return Signer(*unknown.issue(RUC, "NADIE", since=datetime(2026, 1, 1, tzinfo=UTC), key=key))


def without_certificate() -> bytes:
    xml = invoice()
    start = xml.index(b"<ds:X509Certificate>") + len(b"<ds:X509Certificate>")
    return xml[:start] + b"bm8=" + xml[xml.index(b"</ds:X509Certificate>") :]


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ({"total": "11.51"}, True),
        ({"total": "11.52"}, True),
        ({"line": "10.01"}, True),
        ({"tax": "1.52", "total": "11.52"}, True),
    ],
)
def test_a_cent_is_tolerated(sri: Simulator, values: dict[str, str], allowed: bool) -> None:
    assert codes(sri, invoice(**values)).startswith("AUTORIZADO") is allowed


def test_why_a_signature_is_invalid_is_told(server: Server) -> None:
    receive(signed(factura(), stranger()))
    answer = ask()
    assert answer.outcome is Answered.REFUSED
    assert answer.messages[0].code == "39"
    assert answer.messages[0].advice.startswith("El SRI no reconoce a quien emitió")


def test_sha256_is_accepted_too(sri: Simulator) -> None:
    assert codes(sri, sign(factura().encode(), signer(), at=NOON, algorithm="sha256")) == "AUTORIZADO 60"


@pytest.mark.parametrize("code", ["2", "10", "27", "37", "46", "56", "57", "63"])
@pytest.mark.parametrize("who", [RUC, f"{RUC}/001"])
def test_an_impediment_refuses_until_it_is_lifted(sri: Simulator, code: str, who: str) -> None:
    sri.faults.issuers = {who: code}
    assert codes(sri, invoice()) == f"NO AUTORIZADO {code} 60"
    if who != RUC:
        assert codes(sri, invoice(establishment="002")) == "AUTORIZADO 60"
    sri.faults.issuers = {}
    assert codes(sri, invoice()) == "AUTORIZADO 60"


def test_the_agreement_is_asked_for_on_reception(sri: Simulator) -> None:
    sri.faults.issuers = {RUC: "28"}
    assert codes(sri, invoice()) == "DEVUELTA 28"


def test_receivers_are_warned_of_or_refused(sri: Simulator) -> None:
    assert codes(sri, invoice(1, receiver="1710034066")) == "AUTORIZADO 62 60"
    assert codes(sri, invoice(2, receiver_kind="04", receiver="1790011675001")) == "AUTORIZADO 62 60"
    assert codes(sri, invoice(3, receiver_kind="04", receiver="1790011674001")) == "AUTORIZADO 60"
    assert codes(sri, invoice(4, receiver_kind="04", receiver="1760001550001")) == "AUTORIZADO 60"
    assert codes(sri, invoice(5, receiver_kind="06", receiver="X1")) == "AUTORIZADO 60"
    sri.faults.receivers = {"1710034065": "59", "1710034066": "69"}
    assert codes(sri, invoice(6)) == "AUTORIZADO 59 60"
    assert codes(sri, invoice(7, receiver="1710034066")) == "NO AUTORIZADO 69 60"


def test_a_credit_note_is_warned_of_when_its_invoice_is_unknown(sri: Simulator) -> None:
    def note(sequential: int, support: str) -> bytes:
        key = key_of(sequential, kind="04")
        return signed(NOTA_CREDITO.format(ruc=RUC, key=key, sequential=sequential, support=support))

    assert codes(sri, note(1, "001-001-000000001")) == "AUTORIZADO 68 60"
    assert codes(sri, invoice()) == "AUTORIZADO 60"
    assert codes(sri, note(2, "001-001-000000001")) == "AUTORIZADO 60"


def test_checks_come_in_sris_order(sri: Simulator) -> None:
    """A document with everything wrong is told one thing after the other."""
    wrong: dict[str, Any] = {"total": "99.00", "receiver": "1710034066", "key": key_of(3)}
    sri.faults.receivers = {"1710034066": "69"}
    sri.faults.issuers = {RUC: "63"}
    assert codes(sri, factura(version="9.9.9", **wrong).encode()) == "DEVUELTA 48"
    assert codes(sri, factura(day="01/04/2026", **wrong).encode()) == "DEVUELTA 65"
    assert codes(sri, factura(**wrong).encode()) == "NO AUTORIZADO 63 60"
    sri.faults.issuers = {}
    assert codes(sri, factura(**wrong).encode()) == "NO AUTORIZADO 39 60"
    assert codes(sri, invoice(**wrong)) == "NO AUTORIZADO 69 60"
    sri.faults.receivers = {}
    assert codes(sri, invoice(**wrong)) == "NO AUTORIZADO 52 60"
    assert codes(sri, invoice(**wrong | {"total": "11.50"})) == "NO AUTORIZADO 58 60"
    assert codes(sri, invoice(**wrong | {"total": "11.50", "key": KEY})) == "AUTORIZADO 62 60"


def test_a_key_that_is_none_is_told(server: Server) -> None:
    answer = ask("123")
    assert answer.outcome is Answered.REFUSED
    assert answer.messages[0].code == "80"


def test_in_production_nothing_says_test(sri: Simulator) -> None:
    assert codes(sri, invoice(environment="2")) == "AUTORIZADO "
    assert codes(sri, invoice()) == "AUTORIZADO 60"


# Faults


@pytest.fixture
def control(server: Server) -> Callable[..., dict[str, Any]]:
    def post(**values: Any) -> dict[str, Any]:
        answer = requests.post(f"{server.url}/control/", json=values, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return post


def test_in_process_so_many_times(server: Server, control) -> None:
    control(processing=2)
    assert receive().outcome is Received.RECEIVED
    assert receive().messages[0].code == "70"
    assert [ask().outcome for _ in range(3)] == [Answered.PROCESSING, Answered.PROCESSING, Answered.AUTHORIZED]
    assert receive().messages[0].code == "43"


def test_a_decision_that_takes_time_shows_nothing_before(server: Server, control, time_of_sri: Travelling) -> None:
    control(delay_ms=2000)
    receive()
    assert ask().outcome is Answered.ABSENT
    assert receive().messages[0].code == "70"
    time_of_sri.wait(seconds=2)
    assert ask().outcome is Answered.AUTHORIZED


@pytest.mark.parametrize(
    ("kind", "kept", "told"),
    [
        ("drop_before", False, "Se cortó la conexión"),
        ("drop_after", True, "Se cortó la conexión"),
        ("http", False, "HTTP 503"),
        ("html", False, "cortafuegos"),
        ("fault", False, "Unmarshalling"),
        ("encoding", True, "no se puede leer"),
        ("empty", True, "vacío"),
    ],
)
def test_each_way_to_fail_on_reception(server: Server, control, kind: str, kept: bool, told: str) -> None:
    control(faults=[{"kind": kind, "service": "reception"}])
    outcome = receive()
    assert outcome.outcome is Received.UNKNOWN
    assert told in outcome.problem
    assert ask().outcome is (Answered.AUTHORIZED if kept else Answered.ABSENT)
    assert receive().outcome is (Received.RETURNED if kept else Received.RECEIVED)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "http", "html", "fault", "encoding", "empty"])
def test_each_way_to_fail_on_authorization(server: Server, control, kind: str) -> None:
    receive()
    control(faults=[{"kind": kind, "service": "authorization"}])
    assert ask().outcome is Answered.UNKNOWN
    assert ask().outcome is Answered.AUTHORIZED


def test_slow_after_the_work_is_done(server: Server, control, settings) -> None:
    control(faults=[{"kind": "slow", "ms": 300, "service": "reception"}])
    settings.SRI_TIMEOUT = 0.05
    assert receive().outcome is Received.UNKNOWN
    settings.SRI_TIMEOUT = 5
    assert ask().outcome is Answered.AUTHORIZED


@pytest.mark.parametrize("code", ["35", "43", "45", "50", "52", "65", "70", "99"])
def test_any_code_on_reception(server: Server, control, code: str) -> None:
    control(faults=[{"kind": "code", "code": code, "service": "reception", "info": "porque sí"}])
    outcome = receive()
    assert outcome.outcome is Received.RETURNED
    assert [(message.code, message.info) for message in outcome.messages] == [(code, "porque sí")]
    assert receive().outcome is Received.RECEIVED


def test_any_code_on_authorization(server: Server, control) -> None:
    control(faults=[{"kind": "code", "code": "57", "service": "authorization"}])
    receive()
    answer = ask()
    assert (answer.outcome, answer.messages[0].code) == (Answered.REFUSED, "57")
    receive()
    assert ask().outcome is Answered.AUTHORIZED


def test_a_fault_counts_down_or_stays_and_may_concern_one_issuer(server: Server, control) -> None:
    control(faults=[{"kind": "http", "times": 2}, {"kind": "fault", "times": None, "ruc": "0992877878001"}])
    outcomes = [receive(invoice(number)).outcome for number in range(1, 4)]
    assert outcomes == [Received.UNKNOWN, Received.UNKNOWN, Received.RECEIVED]
    others = [receive(invoice(number, ruc="0992877878001")).outcome for number in range(1, 4)]
    assert others == [Received.UNKNOWN] * 3
    state = control(add={"kind": "empty"})
    assert [fault["kind"] for fault in state["faults"]] == ["fault", "empty"]


def test_down_and_up_again(server: Server, control) -> None:
    control(down=True)
    outcome, answer = receive(), ask()
    assert (outcome.outcome, answer.outcome) == (Received.UNKNOWN, Answered.UNKNOWN)
    assert requests.get(f"{server.url}/control/", timeout=5).json()["down"] is True
    control(down=False)
    assert ask().outcome is Answered.ABSENT


def test_stopped_altogether_nothing_is_reached(sri: Simulator, settings) -> None:
    with serve(sri) as server:
        settings.SRI_URL_PRUEBAS, port = server.url, server.server_port
        assert receive().outcome is Received.RECEIVED
    assert {receive().outcome for _ in range(3)} <= {Received.UNREACHABLE, Received.UNKNOWN}
    assert receive().outcome is Received.UNREACHABLE
    with serve(sri, port):
        assert ask().outcome is Answered.AUTHORIZED


def test_a_fast_clock(server: Server, control) -> None:
    control(clock_offset_s=-24 * 3600)
    assert receive().messages[0].code == "65"


def test_several_authorizations(server: Server, control) -> None:
    control(several=True)
    receive()
    answer = ask()
    assert answer.raw.count(b"<autorizacion>") == 2
    assert answer.outcome is Answered.AUTHORIZED


def test_everything_is_well_again(server: Server, control) -> None:
    control(down=True, processing=3, several=True, issuers={RUC: "2"}, faults=[{"kind": "empty", "times": None}])
    state = control(reset=True)
    assert {name: state[name] for name in ("down", "processing", "several", "issuers", "faults")} == {
        "down": False,
        "processing": 0,
        "several": False,
        "issuers": {},
        "faults": [],
    }


def test_the_state_tells_what_there_is(server: Server, control) -> None:
    receive()
    ask()
    state = requests.get(f"{server.url}/control/", timeout=5).json()
    assert state["documents"] == {"AUTORIZADO": 1}
    assert state["now"] == NOON.isoformat()


@pytest.mark.parametrize(
    "values",
    [
        {"up": True},
        {"down": "yes"},
        {"processing": "2"},
        {"processing": True},
        {"issuers": ["2"]},
        {"faults": [{"kind": "nothing"}]},
        {"faults": [{"kind": "code", "service": "nobody"}]},
        {"faults": [{"colour": "red"}]},
        {"faults": {"kind": "code"}},
        {"add": [{"kind": "slow", "ms": "much"}], "down": True},
        {"faults": [{"kind": "code", "times": -1}]},
        [],
        "x",
    ],
)
def test_what_cannot_be_set_is_refused_whole(server: Server, values: Any) -> None:
    answer = requests.post(f"{server.url}/control/", data=json.dumps(values), timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert server.simulator.faults.state()["down"] is False
    assert server.simulator.faults.state()["faults"] == []


# What it remembers, what it trusts, how it is started


def test_it_remembers(sri: Simulator) -> None:
    codes(sri, invoice())
    sri.close()
    again = Simulator(sri.folder, lambda: NOON)
    assert codes(again, invoice()) == "DEVUELTA 43"
    again.close()


def test_its_certificates_are_opened_and_believed(sri: Simulator) -> None:
    p12 = ca.issue_certificate(RUC, "ANA", password="clave ñ", folder=sri.folder, since=NOON, days=30)
    opened = open_p12(p12, "clave ñ", ruc=RUC, now=NOON)
    assert (opened.ruc_in_certificate, opened.valid_from) == (RUC, NOON)
    assert codes(sri, signed(factura(), opened.signer)) == "AUTORIZADO 60"
    with pytest.raises(CertificateRefused) as refusal:
        open_p12(p12, "clave ñ", ruc="0992877878001", now=NOON)
    assert refusal.value.code == "certificate_of_another_ruc"


def test_a_certificate_for_encryption_only_signs_nothing(sri: Simulator) -> None:
    p12 = ca.issue_certificate(RUC, "ANA", password="x", folder=sri.folder, since=NOON, encryption_only=True)
    key, certificate, _ = pkcs12.load_key_and_certificates(p12, b"x")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert isinstance(certificate, x509.Certificate)
    assert codes(sri, signed(factura(), Signer(certificate, key))) == "NO AUTORIZADO 39 60"


def test_two_that_make_an_authority_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: ca.load(tmp_path).certificate.serial_number, range(4)))
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == [ca.FILE]
    assert (tmp_path / ca.FILE).stat().st_mode & 0o077 == 0


def test_the_command_serves_until_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    stopping = threading.Event()
    monkeypatch.setattr("sri.management.commands.sri_simulator.stop_signal", lambda: stopping)
    monkeypatch.setattr("sri.simulator.engine.ca.load", lambda folder: ca._read((trusted() / ca.FILE).read_bytes()))
    thread = threading.Thread(target=call_command, args=("sri_simulator", "--port=0", f"--store={tmp_path}"))
    thread.start()
    said = ""
    while "http" not in said:
        said += capsys.readouterr().out
        time.sleep(0.01)
    url = said.split(": ", 1)[1].strip()
    assert requests.get(f"{url}/control/", timeout=5).json()["down"] is False
    stopping.set()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_a_port_that_is_taken_is_told(server: Server, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be used"):
        call_command("sri_simulator", f"--port={server.server_port}", f"--store={tmp_path / 'other'}")
