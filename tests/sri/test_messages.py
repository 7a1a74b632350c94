"""SRI's messages: the whole published table, one action and one advice each, no code without words."""

import csv

import pytest

from sri.messages import MESSAGES, Action, Kind, SriMessage, Stage, advise, decisive, lookup
from tests.sri_files import SRI_FILES, needs_sri_files

# What the published table asks of the client, and the actions that do it.
ACTIONS = {
    "impedimento": {Action.BLOCK_ISSUER, Action.BLOCK_ESTABLISHMENT},
    "corregir": {Action.CORRECT},
    "prevenir": {Action.PREVENT},
    "NO es fallo del documento": {Action.ASK},
    "revisar": {Action.REPLACE},
    "reintentar": {Action.RETRY},
    "esperar": {Action.WAIT},
    "no bloquea": {Action.NOTE},
}
KINDS = {
    "error": Kind.ERROR,
    "error (ConsultaComprobante)": Kind.ERROR,
    "error informativo": Kind.INFORMATIVE,
    "advertencia": Kind.WARNING,
    "validación propia": Kind.OWN,
    "validación propia / visto en recepción": Kind.OWN,
}
STAGES = {
    "RECEPCION": Stage.RECEPTION,
    "RECEPCION/EMISOR": Stage.RECEPTION,
    "AUTORIZACION": Stage.AUTHORIZATION,
    "AUTORIZACION/EMISOR": Stage.AUTHORIZATION,
    "EMISOR": Stage.ISSUER,
    "CONSULTA": Stage.QUERY,
}


def published() -> list[dict[str, str]]:
    with (SRI_FILES / "tables/sri_mensajes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@needs_sri_files
def test_the_table_is_sris_whole() -> None:
    assert sorted(int(row["codigo"]) for row in published()) == [int(message.code) for message in MESSAGES]


@needs_sri_files
def test_every_message_is_classed_as_published() -> None:
    for row in published():
        message = lookup(row["codigo"])
        assert (message.kind, message.stage) == (KINDS[row["clase"]], STAGES[row["etapa"]]), row
        asked = {Action.NOTE} if row["codigo"] == "99" else ACTIONS[row["que_es_para_el_cliente"]]
        assert message.action in asked, row
        if row["misma_clave_y_secuencial"] != "n/a":
            assert message.keeps_key == (row["misma_clave_y_secuencial"] == "sí"), row


@needs_sri_files
def test_titles_are_those_published_without_their_asides() -> None:
    for row in published():
        title = lookup(row["codigo"]).title
        assert title.split()[0].lower() in row["descripcion"].lower() or row["codigo"] in ("58", "80"), row


@pytest.mark.parametrize(
    ("action", "codes"),
    [
        (Action.RETRY, "50"),
        (Action.ASK, "43"),
        (Action.WAIT, "70"),
        (Action.REPLACE, "45 65"),
        (Action.BLOCK_ISSUER, "2 27 28 37 46 57 63"),
        (Action.BLOCK_ESTABLISHMENT, "10 56"),
        (Action.PREVENT, "34 42 64"),
        (Action.NOTE, "59 60 62 68 99"),
        (Action.CORRECT, "26 35 36 39 40 47 48 49 52 58 67 69 80 82 92"),
    ],
)
def test_each_action_has_its_codes(action: Action, codes: str) -> None:
    assert [message.code for message in MESSAGES if message.action is action] == codes.split()


def test_every_message_advises_in_whole_sentences() -> None:
    for message in MESSAGES:
        assert len(message.advice) > 40, message.code
        assert message.advice[0].isupper()
        assert message.advice.endswith("."), message.code


def test_codes_are_found_however_they_are_written() -> None:
    assert lookup("2") is lookup("02") is lookup(" 002 ")


@pytest.mark.parametrize("code", ["999", "", "2000", "N/A", "٤٣"])
def test_an_unknown_code_can_be_corrected_and_says_so(code: str) -> None:
    message = lookup(code)
    assert message.action is Action.CORRECT
    assert "no consta en su ficha técnica" in message.advice
    assert (code or "sin código") in message.advice


@pytest.mark.parametrize(
    ("info", "hint"),
    [
        ("FIRMA INVALIDA: La validacion de la cadena de confianza ha fallado", "no reconoce a quien emitió"),
        ("La validación de la Cadena de Confianza ha fallado", "no reconoce a quien emitió"),
        ("El certificado se encuentra REVOCADO", "está revocado"),
        ("El certificado firmante ha caducado", "no estaba vigente"),
        ("El certificado no pertenece al RUC 1790011674001", "es de otro RUC"),
        ("[Firma inválida (firma y/o certificados alterados)]", "cambió después de firmarse"),
        ("La fecha de firma es mayor a la actual", "reloj del servidor"),
        ("", "no pudo verificar la firma"),
        ("otra cosa", "no pudo verificar la firma"),
    ],
)
def test_an_invalid_signature_never_comes_without_a_hint(info: str, hint: str) -> None:
    advice = advise("39", info)
    assert hint in advice.split(". ")[0] + "."
    assert advice.endswith(lookup("39").advice)


def test_a_structure_error_names_the_element() -> None:
    info = "cvc-datatype-valid: The value 'x' of element 'totalDescuento' is not valid."
    assert advise("35", info).startswith("El SRI señala el elemento «totalDescuento».")
    assert advise("35", "[Linea 3] cvc-pattern-valid: Value '12' is not facet-valid").startswith(
        "El SRI señala el valor «12»."
    )
    assert advise("35") == lookup("35").advice


def test_the_first_message_that_is_no_warning_decides() -> None:
    warning, error, other = SriMessage("60", ""), SriMessage("52", ""), SriMessage("39", "")
    assert decisive([warning, error, other]) is error
    assert decisive([warning]) is None
    assert decisive([]) is None
