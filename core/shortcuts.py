"""The keyboard's shortcuts, in one table: the help shows it, and the script reads the help (static/keyboard.js).

`key` is what a browser calls it in lower case, `Ctrl+` before it; an act is named there too. A row without an act is of
keys that work where they are meant to by themselves. Pages have keys of their own in `core.goto.Page`.
"""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Shortcut(NamedTuple):
    """A key, what it is called on the keycaps, what it does."""

    caps: tuple[str | Promise, ...]
    label: str | Promise
    key: str = ""
    act: str = ""


SHORTCUTS: Final[dict[str | Promise, tuple[Shortcut, ...]]] = {
    _("En todas partes"): (
        Shortcut(("Ctrl", "K"), _("Ir a una página, persona, número o valor"), "Ctrl+k", "goto"),
        Shortcut(("/",), _("Buscar en la lista"), "/", "search"),
        Shortcut(("N",), _("Acción principal de la página"), "n", "new"),
        Shortcut(("?",), _("Esta ayuda"), "?", "help"),
        Shortcut(("Esc",), _("Cerrar")),
    ),
    _("En las listas"): (
        Shortcut(("J",), _("Fila siguiente"), "j", "row-next"),
        Shortcut(("K",), _("Fila anterior"), "k", "row-previous"),
        Shortcut((_("Entrar"),), _("Abrir la fila")),
        Shortcut(("X",), _("Marcar la fila"), "x", "row-mark"),
        Shortcut(("E",), _("Ver la fila de un vistazo; en una ficha, editar"), "e", "row-preview"),
        Shortcut(("[",), _("Página o documento anterior"), "[", "page-previous"),
        Shortcut(("]",), _("Página o documento siguiente"), "]", "page-next"),
    ),
    _("En los formularios"): (
        Shortcut((_("Entrar"),), _("Agregar una línea")),
        Shortcut(("Ctrl", "S"), _("Guardar"), "Ctrl+s", "save"),
        Shortcut(("Ctrl", _("Entrar")), _("Emitir o confirmar"), "Ctrl+Enter", "issue"),
        Shortcut(("Alt", _("Supr")), _("Quitar la línea")),
    ),
}
