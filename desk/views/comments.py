"""Notes and files beside things, and the notes that name whoever looks."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audit import log
from audit.models import AccessEntry
from core.errors import WorkflowError
from core.views import done, is_htmx, note_refusal, page, undo
from desk import attachments, comments, things
from desk.forms import AttachmentForm, CommentForm
from desk.models import Attachment, Comment, Mention

MOST_MENTIONS: Final = 100


@page("comments.view")
def panel(request: HttpRequest, object_type: str, object_id: int) -> HttpResponse:
    """Show what stands beside a thing: the panel alone for htmx, a page otherwise."""
    return _show(request, object_type, object_id)


@require_POST
@page("comments.write")
def add(request: HttpRequest, object_type: str, object_id: int) -> HttpResponse:
    """Write a note; a refusal shows the panel again with what was typed."""
    form = CommentForm(request.POST)
    form.is_valid()
    text = request.POST.get("text", "")
    try:
        comments.add(object_type, object_id, form.cleaned_data.get("text", ""), actor=request.actor)  # type: ignore[attr-defined]
    except WorkflowError as refusal:
        return _refused(request, object_type, object_id, refusal, text)
    return _changed(request, _("Nota agregada."), object_type, object_id)


@require_POST
@page("comments.write")
def attach(request: HttpRequest, object_type: str, object_id: int) -> HttpResponse:
    """Keep a file."""
    form = AttachmentForm(request.POST, request.FILES)
    if not form.is_valid():
        message = _("Elija el archivo que quiere adjuntar.")
        return _show(request, object_type, object_id, problem=message, status=422)
    upload = form.cleaned_data["file"]
    try:
        if upload.size > attachments.MAX_BYTES:
            raise attachments.too_large()
        attachments.add(object_type, object_id, upload.name, upload.read(), actor=request.actor)  # type: ignore[attr-defined]
    except WorkflowError as refusal:
        return _refused(request, object_type, object_id, refusal)
    return _changed(request, _("Archivo adjuntado."), object_type, object_id)


@require_POST
@page("comments.write")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own note back."""
    row = comments.withdraw(pk, actor=request.actor)  # type: ignore[attr-defined]
    undo(request, _("Nota retirada."), reverse("desk:comment_restore", args=[row.pk]))
    return _back(row)


@require_POST
@page("comments.write")
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one's own note again."""
    row = comments.restore(pk, actor=request.actor)  # type: ignore[attr-defined]
    return _changed(request, _("La nota está otra vez."), row.object_type, row.object_id)


@require_POST
@page("comments.write")
def withdraw_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file off."""
    row = attachments.withdraw(pk, actor=request.actor)  # type: ignore[attr-defined]
    undo(request, _("Archivo retirado."), reverse("desk:attachment_restore", args=[row.pk]))
    return _back(row)


@require_POST
@page("comments.write")
def restore_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a file back."""
    row = attachments.restore(pk, actor=request.actor)  # type: ignore[attr-defined]
    return _changed(request, _("El archivo está otra vez."), row.object_type, row.object_id)


@page("comments.view")
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a file to be kept, never to be shown here: it is whatever somebody brought."""
    return send_file(request, get_object_or_404(Attachment.objects.filter(withdrawn_at=None), pk=pk))


def send_file(request: HttpRequest, row: Attachment) -> HttpResponse:
    """Answer with a file's bytes to whoever may see the thing it stands beside; the look is noted."""
    actor = request.actor  # type: ignore[attr-defined]
    actor.require(things.permission_of(row.object_type))
    log.access(AccessEntry.Kind.READ, actor=actor, request=request, obj=row, detail=row.name)
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=row.name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "private, no-cache",
    }
    return HttpResponse(attachments.content_of(row), content_type=row.content_type, headers=headers)


@page("comments.write")
def people(request: HttpRequest) -> JsonResponse:
    """Answer which colleagues can be named, for the box where one writes."""
    found = comments.colleagues(request.GET.get("q", ""))
    return JsonResponse({"people": [{"name": str(row), "email": row.email} for row in found[:8]]})


@page("comments.view")
def mentions(request: HttpRequest) -> HttpResponse:
    """Show the notes in which colleagues name whoever looks, the newest first."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = list(comments.mentions_of(actor.user_id)[:MOST_MENTIONS])
    context = {"title": _("Menciones"), "rows": rows, "unread": any(row.read_at is None for row in rows)}
    return render(request, "desk/mentions.html", context)


@page("comments.view")
def mention(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to what a mention is about; a POST, as the list's button makes it, notes that it was read."""
    actor = request.actor  # type: ignore[attr-defined]
    found: Mention = get_object_or_404(comments.mentions_of(actor.user_id), pk=pk)
    url = things.page_of(found.comment.object_type, found.comment.object_id)
    if not url:
        raise Http404
    if request.method == "POST":
        comments.read([found.pk], actor=actor)
    return redirect(url)


@require_POST
@page("comments.view")
def read_all(request: HttpRequest) -> HttpResponse:
    """Note that all was read."""
    actor = request.actor  # type: ignore[attr-defined]
    read = comments.read(comments.unread(actor).values_list("pk", flat=True), actor=actor)
    said = ngettext("%(count)d mención leída.", "%(count)d menciones leídas.", len(read)) % {"count": len(read)}
    return done(request, said, "desk:mentions")


def _show(
    request: HttpRequest, object_type: str, object_id: int, *, typed: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    thing = things.find(object_type, object_id, actor)
    context = {
        "title": _("Notas y archivos de %(thing)s") % {"thing": thing},
        "panel": comments.panel(object_type, object_id, actor),
        "crumbs": [(str(thing), thing.get_absolute_url())],  # type: ignore[attr-defined]
        "typed": typed,
        "problem": problem,
    }
    template = "components/comments.html" if is_htmx(request) else "desk/panel.html"
    return render(request, template, context, status=status)


def _refused(request: HttpRequest, name: str, pk: int, refusal: WorkflowError, typed: str = "") -> HttpResponse:
    shown = _show(request, name, pk, typed=typed, problem=refusal.message, status=refusal.status)
    return note_refusal(shown, refusal)


def _changed(request: HttpRequest, message: str, object_type: str, object_id: int) -> HttpResponse:
    """Show the panel anew for htmx, the thing's page otherwise."""
    if is_htmx(request):
        return _show(request, object_type, object_id)
    messages.success(request, message)
    return redirect(things.page_of(object_type, object_id) or "home")


def _back(row: Comment | Attachment) -> HttpResponse:
    return redirect(things.page_of(row.object_type, row.object_id) or "home")
