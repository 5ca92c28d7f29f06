# memstore: `make help` lists the commands. Needs Python 3.11 or newer and nothing else.
.DEFAULT_GOAL := help
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
LOCOMO ?= ../shared/data/locomo_dev.json
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The end-to-end tests and those in a browser start the newest server of their own, so another PG leaves them out.
PG ?= 18
QUICK := not e2e and not browser
PYTEST = exec env MEMSTORE_TEST_PG="$(PG)" $(BIN)/python -m pytest $(if $(filter-out 18,$(PG)),-m "$(QUICK)")

# Hundreds of processes import the same modules: each would compile them anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test test-fast lint types house fix bench lock sbom clean

help:  ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

# What is installed is what the locks name, file by file by its hash; ours comes last and fetches nothing.
OURS := install --no-deps --no-build-isolation --no-index --editable .
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header $(UPGRADE) pyproject.toml

$(VENV)/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found"; exit 1; }
	@echo "installing into $(VENV) with $(PYTHON) (once; about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) $(OURS)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "installing the tools for tests and checks"
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

run: $(VENV)/.installed  ## start database, API, worker and scheduler on PORT (8000)
	@exec $(BIN)/python -m api.serve

ifdef T  # without workers, in a home that stays: the second run finds a server with migrated databases
test: export MEMSTORE_TEST_HOME = .memstore-test
test: WHICH = "$$T"
else
test: WHICH = -n 2 --dist loadgroup
endif
test: $(VENV)/.installed-dev  ## run the whole suite; T=one path or id; PG=15 or 16: what runs on that PostgreSQL; ARGS
	@$(PYTEST) $(WHICH) $(ARGS)

test-fast: $(VENV)/.installed-dev  ## run all but the end-to-end tests and those in a browser; PG and ARGS likewise
	@$(PYTEST) -m "$(QUICK)" -n 2 --dist loadgroup $(ARGS)

lint: $(VENV)/.installed-dev  ## ruff and mypy, strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .

house: $(VENV)/.installed  ## show the rooms, what each imports, and whether an import points upward
	@exec $(BIN)/python -m tools.house

types: $(VENV)/.installed-dev  ## mypy alone, strict
	@$(BIN)/mypy .

fix: $(VENV)/.installed-dev  ## let ruff mend and format what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.installed-dev  ## measure beside mem0; LOCOMO=path to locomo json, ARGS for more options
	@exec $(BIN)/python -m benchmarks --locomo $(LOCOMO) $(ARGS)

lock: $(VENV)/.installed-dev  ## write the locks anew from pyproject.toml; UPGRADE=--upgrade takes newer releases
	@$(LOCK) --group build --all-extras --output-file requirements-dev.lock
	@$(LOCK) --group build --constraint requirements-dev.lock --output-file requirements.lock

sbom: $(VENV)/.installed-dev  ## list what is installed, with licences, into build/ (CycloneDX and text)
	@exec $(BIN)/python -m tools.sbom

clean:  ## remove the virtual environment, caches and the kept test databases; data in .memstore stays
	rm -rf $(VENV) .memstore-test .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
