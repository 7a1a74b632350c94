"""Values come from the environment, secrets are made once, and an insecure installation does not start."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment, prerequisites

PROJECT = environment.BASE_DIR
KEY = "A" * 43 + "="
GOOD = {
    "debug": False,
    "secret_key": "abcdefghij" * 5,
    "field_keys": [KEY],
    "allowed_hosts": ["cuadre.example"],
    "base_url": "https://cuadre.example",
}


def test_every_variable_is_documented_and_read() -> None:
    documented = re.findall(r"^([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE)
    read = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (PROJECT / "config/settings.py").read_text())
    read += re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (PROJECT / "config/environment.py").read_text())
    assert documented == list(dict.fromkeys(documented))
    assert set(documented) == set(environment.VARIABLES) == set(read)


def test_the_documented_defaults_are_the_real_ones() -> None:
    settings = _start()
    documented = dict(re.findall(r"^([A-Z_]+)=(\S+)$", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert documented == {
        "DEBUG": "false",
        "PORT": "8000",
        "VAR_DIR": "var",
        "WEB_WORKERS": "2",
        "WEB_THREADS": "4",
        "JOB_WORKERS": "2",
        "SRI_URL_PRUEBAS": "https://celcer.sri.gob.ec",
        "SRI_URL_PRODUCCION": "https://cel.sri.gob.ec",
        "SRI_SIGNATURE_HASH": "sha1",
        "SRI_TIMEOUT": "30",
        "SRI_DOCUMENTS_PER_SECOND": "5",
        "SRI_BREAKER_FAILURES": "5",
        "SRI_PROBE_EVERY": "15",
    }
    assert settings("settings.PORT, settings.WEB_WORKERS, settings.WEB_THREADS, settings.JOB_WORKERS") == "8000 2 4 2"
    assert settings("settings.SRI_URL_PRUEBAS, settings.SRI_URL_PRODUCCION") == (
        "https://celcer.sri.gob.ec https://cel.sri.gob.ec"
    )
    pace = "settings.SRI_TIMEOUT, settings.SRI_DOCUMENTS_PER_SECOND, settings.SRI_BREAKER_FAILURES"
    assert settings(f"{pace}, settings.SRI_PROBE_EVERY") == "30 5 5 15"


def test_without_a_mail_server_messages_are_files_where_they_are_looked_for(tmp_path: Path) -> None:
    shown = "settings.EMAIL_BACKEND.split('.')[-2], settings.EMAIL_FILE_PATH"
    assert _start(VAR_DIR=str(tmp_path))(shown) == f"filebased {tmp_path}/mail"
    assert _start(EMAIL_URL="filemail:///srv/post")(shown) == "filebased /srv/post"
    assert _start(EMAIL_URL="smtp+tls://me:secret@mail.test:587")(shown).startswith("smtp ")


def test_an_empty_value_counts_as_none(tmp_path: Path) -> None:
    settings = _start(VAR_DIR=str(tmp_path), PORT="", ALLOWED_HOSTS="", SECRET_KEY="")
    assert settings("settings.PORT, settings.ALLOWED_HOSTS[0], len(settings.SECRET_KEY) >= 50") == "8000 localhost True"


def test_missing_secrets_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    show = "settings.SECRET_KEY, settings.FIELD_KEYS"
    first, second = _start(VAR_DIR=str(tmp_path))(show), _start(VAR_DIR=str(tmp_path))(show)
    assert first == second
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_two_starts_at_once_agree_on_the_secrets(tmp_path: Path) -> None:
    program = "from config.settings import SECRET_KEY, FIELD_KEYS; print(SECRET_KEY, FIELD_KEYS)"
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=PROJECT, env=_clean(VAR_DIR=str(tmp_path)), stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    answers = {start.communicate()[0] for start in starts}
    assert len(answers) == 1
    assert answers != {b""}


def test_a_given_secret_is_not_written_down(tmp_path: Path) -> None:
    _start(VAR_DIR=str(tmp_path), SECRET_KEY="sEcret-k3y" * 6)("settings.SECRET_KEY")
    assert "SECRET_KEY" not in (tmp_path / "secrets.env").read_text()


def test_a_secret_added_by_a_later_release_joins_those_kept(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("SECRET_KEY=" + "s3cret" * 10 + "\n")
    settings = _start(VAR_DIR=str(tmp_path))
    assert settings("settings.SECRET_KEY") == "s3cret" * 10
    assert "FIELD_KEYS=" in (tmp_path / "secrets.env").read_text()


def test_a_secure_installation_is_accepted() -> None:
    environment.refuse_insecure(**GOOD)


def test_a_trial_on_this_machine_needs_no_https() -> None:
    environment.refuse_insecure(**GOOD | {"base_url": "http://localhost:8000"})


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"secret_key": "a" * 60}, "SECRET_KEY"),
        ({"allowed_hosts": []}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": ["*"]}, "ALLOWED_HOSTS"),
        ({"base_url": "http://cuadre.example"}, "BASE_URL"),
        ({"field_keys": []}, "FIELD_KEYS"),
        ({"field_keys": [KEY, "nonsense"]}, "FIELD_KEYS"),
    ],
)
def test_an_insecure_installation_is_refused_with_the_variable_to_mend(wrong: dict, named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named):
        environment.refuse_insecure(**GOOD | wrong)


def test_debug_may_be_careless_but_never_without_keys() -> None:
    environment.refuse_insecure(**GOOD | {"debug": True, "allowed_hosts": ["*"], "base_url": "http://10.0.0.5"})
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS"):
        environment.refuse_insecure(**GOOD | {"debug": True, "field_keys": []})


def test_a_refusal_at_start_is_a_sentence_not_a_traceback(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env=_clean(VAR_DIR=str(tmp_path), ALLOWED_HOSTS="*"),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.strip().splitlines() == [
        "Cuadre: ALLOWED_HOSTS must name this installation's hosts: not empty, no '*'."
    ]


@pytest.mark.parametrize(
    ("url", "host", "port", "name", "options"),
    [
        ("postgresql://u:p%40ss@db.example:6543/cuadre", "db.example", "6543", "cuadre", {}),
        ("postgresql://u:p%40ss@/cuadre?host=/run/pg", "/run/pg", "", "cuadre", {}),
        ("postgres://u:p%40ss@db/cuadre?sslmode=require", "db", "", "cuadre", {"sslmode": "require"}),
    ],
)
def test_database_urls_are_those_of_libpq(url: str, host: str, port: str, name: str, options: dict) -> None:
    values = environment.database(url)
    assert (values["HOST"], values["PORT"], values["NAME"], values["OPTIONS"]) == (host, port, name, options)
    assert (values["USER"], values["PASSWORD"]) == ("u", "p@ss")


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.database("cuadre at home")


def test_what_the_machine_lacks_is_named_with_the_line_that_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prerequisites, "loads", lambda library: library != "pango-1.0")
    monkeypatch.setattr(prerequisites, "NEEDED", (99, 0))
    names = prerequisites.missing()
    assert names[0].startswith("Python 3.11 or newer")
    assert names[-1] == "Pango"


def test_the_readme_and_the_makefile_give_the_same_apt_line() -> None:
    for name in ("README.md", "Makefile"):
        assert prerequisites.APT in (PROJECT / name).read_text()


def _clean(**values: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in environment.VARIABLES}
    return kept | {"DJANGO_SETTINGS_MODULE": "config.settings"} | values


def _start(**values: str):
    """Return a function that shows settings as a fresh process sees them."""

    def show(expression: str) -> str:
        program = f"from django.conf import settings; print(*[{expression}])"
        return subprocess.run(
            [sys.executable, "-c", program],
            cwd=PROJECT,
            env=_clean(**values),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    return show
