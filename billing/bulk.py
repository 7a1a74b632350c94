"""What can be done to many documents in the background: the kinds of task, and the acts that lists offer of them.

Each document is its own transaction; one that is refused leaves the others alone, with its reason on the task's page.
"""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing import archives, letters, upkeep, workflow
from billing.forms.steps import ReasonForm
from billing.models import Transmission
from core.actor import Actor
from core.bulk import BulkAction
from core.jobs import enqueue
from desk.tasks import Kind, register

ISSUING: Final = ("billing.issue", "billing.issue_reservations")
DRAFTING: Final = ("billing.draft", "billing.draft_reservations")

ISSUE = BulkAction(
    "issue",
    _("Emitir"),
    "file-text",
    "billing.issue",
    ISSUING,
    consequences=(
        _("Cada borrador toma su número, con la fecha de hoy, en el orden en que se crearon."),
        _("Lo emitido no se modifica: se anula o se corrige con una nota."),
    ),
)
MAIL = BulkAction(
    "mail",
    _("Enviar por correo"),
    "send",
    "billing.mail",
    ("billing.mail",),
    consequences=(_("Cada cliente recibe sus documentos en las direcciones que tiene ahora."),),
)
FILES = BulkAction(
    "download",
    _("PDF y XML en un zip"),
    "file-zip",
    "billing.files",
    ("exports.make",),
    consequences=(_("El PDF de cada documento y, si el SRI lo autorizó, su XML. Hasta 5.000 documentos por zip."),),
)
VOID = BulkAction(
    "void",
    _("Anular"),
    "ban",
    "billing.void",
    ("billing.void",),
    ReasonForm,
    (
        _("Los números no se vuelven a usar: quedan en el registro de números no utilizados con su motivo."),
        _("Antes de anular se pregunta al SRI; lo autorizado no se anula aquí."),
        _("Lo cobrado pasa a saldo a favor del cliente; los pendientes vuelven a quedar por facturar."),
    ),
    danger=True,
)
DISCARD = BulkAction(
    "discard",
    _("Descartar borradores"),
    "trash",
    "billing.discard",
    DRAFTING,
    consequences=(_("Los borradores salen de las listas y no se pueden recuperar."),),
    danger=True,
)
RETRY = BulkAction(
    "retry",
    _("Reenviar al SRI"),
    "cloud-upload",
    "billing.retry",
    ("billing.issue",),
    consequences=(_("Los mismos comprobantes, con su mismo número, vuelven a la cola de envío."),),
)
CHECK = BulkAction(
    "check",
    _("Consultar al SRI"),
    "refresh",
    "billing.check",
    ("billing.issue", "billing.void"),
    consequences=(_("Se pregunta al SRI por cada comprobante; la respuesta queda en su página."),),
)
REPEAT = BulkAction(
    "repeat",
    _("Enviar otra vez"),
    "send",
    "billing.repeat_letter",
    ("billing.mail",),
    consequences=(_("Cada correo sale de nuevo, a las direcciones que el cliente tiene ahora."),),
)

OF_INVOICES: Final = (ISSUE, MAIL, FILES, VOID, DISCARD)
OF_NOTES: Final = (MAIL, FILES)
OF_SRI: Final = (RETRY, CHECK)


def register_tasks() -> None:
    """Make the kinds known; for `ready()`."""

    def kind(act: BulkAction, label: Any, work: Any, **options: Any) -> None:
        register(Kind(act.kind, label, work, act.permissions, **{"page": _document} | options))

    kind(ISSUE, _("Emitir facturas"), lambda pk, parameters, actor: workflow.issue(pk, actor=actor))
    kind(MAIL, _("Enviar documentos por correo"), lambda pk, parameters, actor: letters.send_again(pk, actor=actor))
    kind(FILES, _("Zip de PDF y XML"), archives.prepare, finish=archives.finish, most=archives.MOST)
    kind(VOID, _("Anular facturas"), _void, before=_ask_sri)
    kind(DISCARD, _("Descartar borradores"), lambda pk, parameters, actor: workflow.discard(pk, actor=actor), page=None)
    kind(RETRY, _("Reenviar al SRI"), lambda pk, parameters, actor: upkeep.retry(pk, actor=actor))
    kind(CHECK, _("Consultar al SRI"), _check)
    kind(REPEAT, _("Enviar correos otra vez"), lambda pk, parameters, actor: letters.repeat(pk, actor=actor), page=None)


def _document(pk: int) -> str:
    return reverse("billing:invoice", args=[pk])  # of a note, it leads on to the note


def _ask_sri(pk: int, parameters: dict[str, Any], actor: Actor) -> None:
    upkeep.ask_if_sent(pk)


def _void(pk: int, parameters: dict[str, Any], actor: Actor) -> None:
    workflow.void_once_asked(pk, reason=parameters["reason"], void_payments=False, actor=actor)


def _check(pk: int, parameters: dict[str, Any], actor: Actor) -> None:
    """Have the workers ask, one job each: no task waits for hundreds of answers."""
    actor.require("billing.issue", "billing.void")
    if not Transmission.objects.filter(document_id=pk).exists():
        raise upkeep.not_electronic()
    enqueue("billing.jobs.check_document", pk)
