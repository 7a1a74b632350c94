"""The settings: one file, every value from the environment (`.env.example` lists them)."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import environment
from config.database import APPLICATION, BINARIES, OWNER, Server

# --- Where things are ---------------------------------------------------------------------------

BASE_DIR = environment.BASE_DIR
env = environment.read()
VAR_DIR = environment.var_dir(env)
FILES_DIR = Path(env.str("FILES_DIR", default=str(VAR_DIR / "files"))).expanduser().resolve()
environment.complete_secrets(VAR_DIR)

# --- Security -----------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
FIELD_KEYS: list[str] = env.list("FIELD_KEYS")  # Fernet keys; the first encrypts, all decrypt
PORT = env.int("PORT", default=8000)
BASE_URL: str = env.str("BASE_URL", default=f"http://localhost:{PORT}").rstrip("/")
BASE_HOST = urlsplit(BASE_URL).hostname or ""
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[BASE_HOST, "localhost", "127.0.0.1", "[::1]"])
HTTPS = BASE_URL.startswith("https://")

environment.refuse_insecure(
    debug=DEBUG, secret_key=SECRET_KEY, field_keys=FIELD_KEYS, allowed_hosts=ALLOWED_HOSTS, base_url=BASE_URL
)

SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_COOKIE_NAME = f"cuadre_session_{PORT}"  # two copies on one machine: cookies know no ports
CSRF_COOKIE_NAME = f"cuadre_csrf_{PORT}"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
X_FRAME_OPTIONS = "SAMEORIGIN"  # the PDF preview is a frame of our own
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # an invoice of 500 lines
TRUSTED_PROXIES = 1 if HTTPS else 0  # who may say in X-Forwarded-For where a request comes from
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
CSRF_FAILURE_VIEW = "core.views.csrf_refused"

# --- Apps ---------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "core",
    "audit",
    "sri",
    "companies",
    "desk",
    "billing",
    "payments",
    "reservations",
    "demo",
    "core.admin_app.InstallationAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_tables2",
    "django_htmx",
    "template_partials",
    "pgtrigger",
    "django_q",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "core.middleware.RequestIds",
    "core.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.throttling.RateLimits",
    "companies.middleware.CompanyMiddleware",
    "core.idempotency.IdempotencyMiddleware",
    "desk.form_drafts.ForgetSentForms",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "companies.context.shell",
            ],
        },
    },
]

# --- Database: the application's role for pages and jobs, the owner's for migrations and backups ----

EMBEDDED_DATABASE = None if env.str("DATABASE_URL", default="") else VAR_DIR

if EMBEDDED_DATABASE:
    _server = Server(EMBEDDED_DATABASE)
    _urls = {"default": _server.url(APPLICATION), "owner": _server.url(OWNER)}
else:
    _urls = {"default": env.str("DATABASE_URL"), "owner": env.str("DATABASE_OWNER_URL", default="")}

DATABASES = {alias: environment.database(url) for alias, url in _urls.items() if url}
PG_BINARIES = BINARIES  # pg_dump and pg_restore
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
# What is asked again and again is parsed, and rewritten for the wall, once a connection; but planned for its values
# each time: a plan for any customer or state would read a million rows for one that has few.
DATABASES["default"]["OPTIONS"] |= {
    "server_side_binding": True,
    "prepare_threshold": 3,
    "options": f"{DATABASES['default']['OPTIONS'].get('options', '')} -c plan_cache_mode=force_custom_plan".strip(),
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},  # it holds the limits of attempts: a small one could be flushed on purpose
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# --- Jobs: the queue is only a bell, the rows hold the truth --------------------------------------

WEB_WORKERS = env.int("WEB_WORKERS", default=2)
WEB_THREADS = env.int("WEB_THREADS", default=4)
JOB_WORKERS = env.int("JOB_WORKERS", default=2)

Q_CLUSTER = {
    "name": "cuadre",
    "orm": "default",
    "cache": "process",
    "workers": JOB_WORKERS,
    "queue_limit": JOB_WORKERS,
    "poll": 0.02,
    "bulk": 1,
    "save_limit": -1,
    "timeout": 120,
    "retry": 600,
    "ack_failures": True,
    "max_attempts": 1,
    "recycle": 1_000_000,  # by memory instead: WeasyPrint does not give it back
    "max_rss": 400_000,
    "scheduler": False,
    "catch_up": False,
}

SCHEDULES = "config.schedules"  # what `manage.py clock` turns

_demo_day = env.str("DEMO_DAY", default="")
LOADS_DEMO = _demo_day != "none"
DEMO_DAY = _demo_day if LOADS_DEMO else ""

# --- SRI: where its two environments are, and how they are spoken to --------------------------------

SRI_TEST_HOST = "https://celcer.sri.gob.ec"
SRI_URL_PRUEBAS: str = env.str("SRI_URL_PRUEBAS", default=SRI_TEST_HOST).rstrip("/")
SRI_URL_PRODUCCION: str = env.str("SRI_URL_PRODUCCION", default="https://cel.sri.gob.ec").rstrip("/")
SRI_SIGNATURE_HASH: str = env.str("SRI_SIGNATURE_HASH", default="sha1")  # what the ficha técnica documents
SRI_RUC_PROVEEDOR: str = env.str("SRI_RUC_PROVEEDOR", default="")
SRI_TIMEOUT = env.int("SRI_TIMEOUT", default=30)
SRI_DOCUMENTS_PER_SECOND = env.float("SRI_DOCUMENTS_PER_SECOND", default=5)  # 0: without limit
SRI_BREAKER_FAILURES = env.int("SRI_BREAKER_FAILURES", default=5)
SRI_PROBE_EVERY = env.int("SRI_PROBE_EVERY", default=15)

# --- People -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "companies.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "companies.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # the invitation's link proved the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody is written to who is not in here
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of a changed password or second step
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE without use
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_ADAPTER = "companies.accounts.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Cuadre"

# Tokens say who, never what they may do (companies.tokens).
SIMPLE_JWT = {"ACCESS_TOKEN_LIFETIME": timedelta(minutes=15), "REFRESH_TOKEN_LIFETIME": timedelta(days=14)}

# --- API ----------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "EXCEPTION_HANDLER": "core.problems.exception_handler",
    "DEFAULT_AUTHENTICATION_CLASSES": ["core.callers.CallerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["core.callers.InCompany"],
    "DEFAULT_PAGINATION_CLASS": "core.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.JsonBody", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.negotiation.OneFormat",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS is answered 405: the schema says what there is, and CORS is not offered
    "DEFAULT_SCHEMA_CLASS": "core.schema.Schema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

API_RATE_LIMITS = {"credential": 1_200, "address": 2_400}  # requests a minute

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Cuadre",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["core.schema.introduce"],
}

# --- Language, time, files, mail -----------------------------------------------------------------

FILTERS_EMPTY_CHOICE_LABEL = "Cualquiera"

LANGUAGE_CODE = "es-ec"
LANGUAGES = [("es-ec", "Español (Ecuador)")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "America/Guayaquil"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = FILES_DIR
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "core.statics.HashedStatics"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "woff2", "png", "jpg", "gif", "gz", "br")

# Without a mail server, messages are written to files: nothing leaves by accident.
_mail = env.email_url("EMAIL_URL", default="filemail://")
EMAIL_BACKEND = _mail.pop("EMAIL_BACKEND")
_folder = _mail.pop("EMAIL_FILE_PATH", "")  # of filemail:///some/folder, without its first slash
EMAIL_FILE_PATH = str(Path("/", _folder) if _folder else VAR_DIR / "mail")
vars().update(_mail)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = f"Cuadre <no-responder@{BASE_HOST}>"

# --- Logs: one JSON object a line ------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "core.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django-q": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},  # refusals are told by their route, in core.middleware
        "django.server": {"handlers": [], "propagate": True},
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
