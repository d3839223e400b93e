# Plantin: `make help` says what there is. Needs bash, Python 3.11 or later and, for the tests, Debian or Ubuntu.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
DATA ?= var
WORKERS ?= auto
TESTS ?=
TYPED_TESTS := cli clients conformance core crash delivery devices dnssd frontends http1 ipp ledger peers policy \
    service simulation spool store traps
TYPED := src tests/conftest.py $(addprefix tests/,$(TYPED_TESTS)) bench tools/lock.py

.PHONY: help run test check bench lock clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

run: $(BIN)/.run-stamp ## Build what is needed and start Plantin on loopback, with a demonstration queue
	@exec $(BIN)/plantin serve --demo --data '$(DATA)'

test: $(BIN)/.dev-stamp ## Install what the tests need (Debian packages too, when root) and run all of them
	@tools/debian-packages
	@$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 --dist loadgroup $(TESTS)

check: $(BIN)/.dev-stamp ## Format, lint, types, import contracts, migrations
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy $(TYPED)
	@if [ -e src/plantin/store/settings.py ]; then \
	    DJANGO_SETTINGS_MODULE=plantin.store.settings $(BIN)/python -m django makemigrations --check --dry-run; fi

bench: $(BIN)/.dev-stamp ## Measure Plantin side by side with a private cupsd (BENCH=... for one part)
	@tools/debian-packages
	@$(BIN)/python -m bench $(BENCH)

lock: ## Write requirements*.txt anew from pyproject.toml
	@tools/venv
	@$(BIN)/python tools/lock.py

clean: ## Remove what was built (not the data of `make run`)
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist

# A stamp is as new as the last installation from the files it depends on: unchanged files install nothing.
$(BIN)/.run-stamp: requirements.txt pyproject.toml tools/venv
	@tools/venv
	@echo "Installing the requirements into .venv"
	@$(PIP) install --require-hashes --no-deps -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/.dev-stamp: $(BIN)/.run-stamp requirements-dev.txt
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.txt
	@touch $@
