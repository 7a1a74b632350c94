# Two commands matter: `make run` and `make test`. Everything else is in the README.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet
TESTERS ?= 2

.PHONY: run stop test check bench backup restore demo prerequisites

run: $(VENV)/.runtime ## start everything, in the foreground
	@exec $(BIN)/python -m config.supervisor

stop: ## end a running copy, its database last
	@if [ -e $(VENV)/.runtime ]; then $(BIN)/python -m config.supervisor stop; fi

test: check ## every check and every test
	@$(BIN)/python -m pytest -n $(TESTERS) --dist worksteal

check: $(VENV)/.development ## style, layers, types, migrations
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/python manage.py makemigrations --check --dry-run

bench: $(VENV)/.development ## ratios to limits measured in the same run
	@$(BIN)/python -m tests.bench

backup: $(VENV)/.runtime ## database and attachments, to VAR_DIR/backups
	@$(BIN)/python manage.py backup

restore: $(VENV)/.runtime ## FILE=var/backups/cuadre-….zip takes the place of the present data
	@test -n "$(FILE)" || { echo "Say which: make restore FILE=var/backups/cuadre-….zip"; exit 2; }
	@$(BIN)/python manage.py restore "$(FILE)"

demo: $(VENV)/.runtime ## throw the demo's data away and load them again
	@$(BIN)/python manage.py demo --reset

prerequisites:
	@command -v $(PYTHON) >/dev/null || { echo "Missing: Python 3.11 or newer. On Debian or Ubuntu:" \
	  "sudo apt-get install -y python3 python3-venv make libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"; exit 1; }
	@$(PYTHON) config/prerequisites.py

$(VENV)/bin/python: | prerequisites
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | prerequisites $(VENV)/bin/python
	@echo "Installing requirements…"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing what the tests need…"
	@$(PIP) -r requirements-dev.txt
	@touch $@
