"""Where the settings' values come from.

The process environment wins, then the file `.env` in the project folder; secrets given by neither are
made once and kept in `VAR_DIR/secrets.env`, readable by their owner alone.
"""

import base64
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

BASE_DIR: Final = Path(__file__).resolve().parent.parent
SECRETS_FILE: Final = "secrets.env"
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
SECRET_LENGTH: Final = 50

VARIABLES: Final = (
    *("SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "DATABASE_OWNER_URL", "DEBUG", "ALLOWED_HOSTS", "BASE_URL", "PORT"),
    *("VAR_DIR", "FILES_DIR", "EMAIL_URL", "WEB_WORKERS", "WEB_THREADS", "JOB_WORKERS", "DEMO_DAY"),
    *("SRI_URL_PRUEBAS", "SRI_URL_PRODUCCION", "SRI_SIGNATURE_HASH", "SRI_RUC_PROVEEDOR", "SRI_TIMEOUT"),
    *("SRI_DOCUMENTS_PER_SECOND", "SRI_BREAKER_FAILURES", "SRI_PROBE_EVERY"),
)

_MAKERS: Final[dict[str, Callable[[], str]]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(SECRET_LENGTH),
    "FIELD_KEYS": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}


def read() -> environ.Env:
    """Return the environment, completed with the values of `.env`; an empty value counts as none."""
    if (BASE_DIR / ".env").exists():
        environ.Env.read_env(BASE_DIR / ".env")
    for name in VARIABLES:
        if not os.environ.get(name, "-").strip():
            del os.environ[name]
    return environ.Env()


def var_dir(env: environ.Env) -> Path:
    """Return the folder of everything this copy of the program writes, made when missing.

    Raises:
        ImproperlyConfigured: it cannot be made or written to.
    """
    path = BASE_DIR / Path(env.str("VAR_DIR", default="var")).expanduser()
    try:
        if not path.exists():
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o755)  # root's database runs as another user inside; what is private is so by itself
    except OSError as error:
        raise ImproperlyConfigured(
            f"VAR_DIR={path} cannot be made ({error.strerror}); name a folder you own."
        ) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"VAR_DIR={path} belongs to another user; run as that user or name another folder.")
    return path.resolve()


def complete_secrets(folder: Path) -> None:
    """Put the secrets nobody gave into the environment, making those that do not exist yet.

    Two starts at once agree: the file is read and replaced under a lock, whole or not at all.
    """
    missing = [name for name in _MAKERS if name not in os.environ]
    if not missing:
        return
    with locked(folder / f".{SECRETS_FILE}.lock"):
        kept = _read_secrets(folder / SECRETS_FILE)
        made = {name: _MAKERS[name]() for name in missing if name not in kept}
        if made:
            _write_secrets(folder / SECRETS_FILE, kept | made)
    os.environ.update({name: (kept | made)[name] for name in missing})


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; it ends with the process, whatever kills it."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def refuse_insecure(
    *, debug: bool, secret_key: str, field_keys: list[str], allowed_hosts: list[str], base_url: str
) -> None:
    """Refuse to start in a way that would expose what the installation keeps.

    Raises:
        ImproperlyConfigured: naming the variable and what to put there.
    """
    for key in field_keys or [""]:
        if not _is_fernet_key(key):
            raise ImproperlyConfigured("FIELD_KEYS must be a comma list of Fernet keys (32 bytes in URL-safe base64).")
    if debug:
        return
    if len(secret_key) < SECRET_LENGTH or len(set(secret_key)) < 5:
        raise ImproperlyConfigured(f"SECRET_KEY is too weak: use at least {SECRET_LENGTH} random characters.")
    if not allowed_hosts or "*" in allowed_hosts:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name this installation's hosts: not empty, no '*'.")
    address = urlsplit(base_url)
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        raise ImproperlyConfigured(f"BASE_URL={base_url} must be https:// (a local trial may set DEBUG=true).")


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == 32
    except ValueError:
        return False


def database(url: str) -> dict[str, Any]:
    """Turn a libpq URL (`postgresql://user:password@host/name?sslmode=…`, or `?host=/socket/folder`) into settings.

    Raises:
        ImproperlyConfigured: it is not such a URL.
    """
    try:
        parts = conninfo_to_dict(url)
    except Exception:
        raise ImproperlyConfigured(
            "DATABASE_URL and DATABASE_OWNER_URL look like postgresql://user@host/name."
        ) from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
    }


def _read_secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if not line.startswith("#"))
    return {name: value for name, _, value in lines if value}


def _write_secrets(path: Path, values: dict[str, str]) -> None:
    """Replace the file at once and wait for the disk: losing FIELD_KEYS loses what they encrypted."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    with draft.open("w") as file:
        file.write("# Made once by this installation. Keep a copy: without it, the secrets it encrypted are lost.\n")
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
