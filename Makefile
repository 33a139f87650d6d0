# Each target does its own set-up. `make demo` and `make test` are all that a newcomer needs.
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := onelot tests bench scripts
# Permissive licences, LGPL and MPL (used unchanged); atheris (Apache-2.0) and axe-playwright-python (MIT, with axe-core,
# MPL-2.0) do not say so in their metadata.
LICENCES := MIT;BSD;Apache;ISC;PSF;Python Software Foundation;LGPL;MPL;Mozilla;Zlib;Unlicense

.PHONY: help demo test test-slow test-spark check lint types contracts format bench docs lock clean

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: $(VENV)/.core ## Read the example network's records, return the exceptions
	$(BIN)/onelot demo

test: $(VENV)/.dev ## All tests but the slow ones; PostgreSQL and Chromium included where they can be installed
	@scripts/debian-packages postgresql chromium gettext qpdf poppler-utils
	$(BIN)/python -m pytest -n 2 -m "not slow and not spark"
	$(BIN)/python -m tests.postgresql $(BIN)/python -m pytest -n 2 -m "site and not slow"

test-slow: $(VENV)/.dev ## The slow part: long fuzzing, faults, large inputs, journeys in a browser
	@scripts/debian-packages postgresql chromium qpdf poppler-utils
	$(BIN)/python -m pytest -m "slow and not spark"

test-spark: .venv-spark/.spark ## The same checks on Apache Spark (needs Java)
	@scripts/debian-packages default-jre-headless
	.venv-spark/bin/python -m pytest -m spark

check: lint types contracts ## Lint, types, import contracts, house rules

lint: $(VENV)/.dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/python scripts/house_rules.py
	$(BIN)/pip-licenses --partial-match --ignore-packages atheris axe-playwright-python --allow-only='$(LICENCES)' >/dev/null

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: .venv-bench/.bench ## Measure against peers (minutes; see bench/README.md)
	@scripts/debian-packages postgresql wrk chromium
	.venv-bench/bin/python -m bench

docs: $(VENV)/.dev ## Make the reference pages anew and build the documentation into site/
	$(BIN)/python -m scripts.reference_pages
	$(BIN)/mkdocs build --strict --quiet

lock: $(VENV)/.dev ## Compile the locks anew
	scripts/lock $(BIN)/uv

clean: ## Remove what the targets made
	rm -rf .venv .venv-bench .venv-spark var site build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.core: requirements/build.txt requirements/core.txt
	scripts/make-venv $(PYTHON) $(VENV) build core
	@touch $@

$(VENV)/.dev: $(VENV)/.core requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

.venv-bench/.bench: requirements/core.txt requirements/dev.txt requirements/bench.txt
	scripts/make-venv $(PYTHON) .venv-bench build core dev bench
	@touch $@

.venv-spark/.spark: requirements/core.txt requirements/dev.txt requirements/spark.txt
	scripts/make-venv $(PYTHON) .venv-spark build core dev spark
	@touch $@
