# Two commands: `make demo` shows Tailback at work, `make test` proves it. Each sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
# More than cores: most of the time a test waits for a real worker or server.
TEST_WORKERS ?= 4
SHELL := /bin/bash

.PHONY: demo test lint types unit prove bench docs lock services clean

demo: .venv/.server
	$(BIN)/tailback demo

test: .venv/.dev services lint types unit

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

types: .venv/.dev
	$(BIN)/mypy

unit: .venv/.dev
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(TEST_WORKERS) --dist loadgroup
	$(BIN)/coverage combine --quiet
	$(BIN)/python -m tests.coverage_gates

# Hundreds of kills, hours of virtual time, millions of rows: run before something is called done.
prove: .venv/.dev services
	TAILBACK_PROVE=1 $(BIN)/python -m pytest -m "prove or not prove"

bench: .venv/.dev services
	set -e; for file in benchmarks/[a-z]*.py; do $(BIN)/python $$file; done

docs: .venv/.dev
	$(BIN)/mkdocs build --strict

services:
	@$(PYTHON) tests/install_services.py

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tailback needs Python 3.11 or newer; set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }

.venv/.server: .venv/bin/python requirements/server.txt pyproject.toml frontend/package-lock.json
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/server.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/bin/python requirements/dev.txt pyproject.toml frontend/package-lock.json
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ .venv/.server

# Needs uv. Writes no index address, so that the lock works with any mirror.
UV := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
lock:
	$(UV) --extra server --group dev pyproject.toml -o requirements/dev.txt
	$(UV) --extra server --group build -c requirements/dev.txt pyproject.toml -o requirements/server.txt
	cd frontend && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean:
	rm -rf .venv build dist htmlcov .coverage* src/tailback/server/ui/static/vendor
