"""What the go-to box finds at the desk: one's tasks in the background; and its pages."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from core import goto
from core.actor import Actor
from core.goto import MOST_OF_A_KIND, Hit, Page
from core.templatetags.cuadre import moment
from desk.views.tasks import visible

LATEST: Final = 500  # tasks among which a text is looked for

PAGES: Final = (
    Page(_("Tareas en segundo plano"), "desk:tasks", "list-check", keys="g t", words=_("bandeja exportaciones")),
    Page(_("Menciones"), "desk:mentions", "at", ("comments.view",), keys="g m", words=_("notas avisos")),
    Page(_("Importaciones"), "desk:imports", "upload", ("imports.run",), words=_("excel csv subir")),
    Page(_("Vistas guardadas"), "desk:views", "bookmark", words=_("listas filtros")),
)


def register() -> None:
    """Tell the box."""
    goto.add_pages(*PAGES)
    goto.add_finder(_("Tareas"), "comments.view", "list-check", tasks)


def tasks(text: str, actor: Actor) -> list[Hit]:
    """Find the latest tasks by a part of their name."""
    rows = visible(actor)
    latest = rows.order_by("-pk").values("pk")[:LATEST]
    found = rows.filter(pk__in=latest, title__icontains=text).order_by("-pk")[:MOST_OF_A_KIND]
    return [Hit(row.get_absolute_url(), row.title, moment(row.created_at)) for row in found]
