# `make` lists the targets. Everything is installed into .venv from the locks, by hash.

VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
BASE_PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"
SERIAL := $(wildcard tests/e2e tests/interop)
SOURCE := $(wildcard src tests bench examples)

.DEFAULT_GOAL := help
.PHONY: help venv dev demo test test-long lint format lock bench docs clean
.DELETE_ON_ERROR:

help: ## List the targets, and what is missing on this machine
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@missing=""; \
	[ -n "$(BASE_PYTHON)" ] || missing="$$missing python3.11 with venv (apt-get install python3-venv);"; \
	command -v git >/dev/null || missing="$$missing git (apt-get install git);"; \
	command -v node >/dev/null || missing="$$missing node (optional; a wheel is used);"; \
	command -v ip >/dev/null || missing="$$missing ip (optional; apt-get install iproute2);"; \
	echo "Missing:$${missing:- nothing}"

venv: $(VENV)/.run ## Make .venv with what the programs need
dev: $(VENV)/.dev ## Make .venv with what tests and checks need, too

demo: venv ## Three real nodes meet and talk (ARGS=--once to end at once)
	@$(BIN)/coterie demo $(ARGS)

test: lint build/peers/.installed ## All checks and the whole suite (ARGS goes to pytest)
	$(BIN)/pytest -n auto $(addprefix --ignore=,$(SERIAL)) $(ARGS)
	$(BIN)/pytest $(SERIAL) $(ARGS)

test-long: dev build/peers/.installed ## The long versions too: more seeds, more examples, more places
	$(BIN)/pytest --long -n auto $(addprefix --ignore=,$(SERIAL)) $(ARGS)
	$(BIN)/pytest --long $(SERIAL) $(ARGS)

lint: dev ## Format, lint rules, types and import contracts
	$(BIN)/ruff format --check $(SOURCE)
	$(BIN)/ruff check $(SOURCE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: dev ## Put the source in its form
	$(BIN)/ruff check --fix $(SOURCE)
	$(BIN)/ruff format $(SOURCE)

bench: dev ## Measure against floors; writes build/bench.json
	$(BIN)/python -m bench $(ARGS)

docs: dev ## Write the generated pages
	$(BIN)/python -m coterie.testing.schema_page > docs/schema.md
	$(BIN)/python -m coterie.testing.limits_page > docs/guides/limits.md
	$(BIN)/python -m coterie.testing.readme_help README.md

lock: dev ## Resolve the requirements anew
	$(LOCK) pyproject.toml requirements/build.in -o requirements/run.lock
	$(LOCK) pyproject.toml requirements/build.in requirements/dev.in -c requirements/run.lock -o requirements/dev.lock
	$(LOCK) requirements/node.in -o requirements/node.lock
	$(LOCK) tests/interop/mls_rs.in -o tests/interop/mls_rs.lock

clean: ## Remove what was installed and built here
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@[ -n "$(BASE_PYTHON)" ] || { echo "Python 3.11 or later with venv is needed: apt-get install python3-venv"; exit 1; }
	$(BASE_PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python requirements/run.lock pyproject.toml
	$(PIP) --require-hashes -r requirements/run.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock requirements/node.lock
	$(PIP) --require-hashes -r requirements/dev.lock
	@command -v node >/dev/null || $(PIP) --require-hashes -r requirements/node.lock
	@touch $@

# Live MLS implementations to talk to. Without them their tests are skipped with the reason.
build/peers/.installed: $(VENV)/.dev tests/interop/mls_rs.lock $(wildcard tests/interop/ts_mls/package*.json)
	@mkdir -p build/peers
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/interop/install_peers.py && touch $@ || echo "Going on without live peers."
