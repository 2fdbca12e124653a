# Two commands matter: `make demo` (the mall with a story to try) and `make test`. `make help` lists the rest.
# Everything lives in .venv, made once from the pinned locks and made again only when a lock changes.

SHELL   := /bin/sh
PORT    ?= 8000
TRIBUTARY_HOME ?= .tributary
export PORT TRIBUTARY_HOME

# The newest Python from 3.11 on that can make environments; override with `make PYTHON=/path/to/python3.12 ...`.
PYTHON  ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
             $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
BIN     := .venv/bin
STAMP   := $(shell cat requirements.lock | cksum | cut -d' ' -f1)
STAMP_DEV := $(shell cat requirements.lock requirements-dev.lock | cksum | cut -d' ' -f1)
RUN     := .venv/.run-$(STAMP)
DEV     := .venv/.dev-$(STAMP_DEV)
PIP     := $(BIN)/python -m pip --disable-pip-version-check install -qq

.PHONY: help demo test check format schema migrations lock clean

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /  make \1|/' | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

demo: $(RUN)  ## start the mall with a story to try (PORT=8000, TRIBUTARY_HOME=.tributary)
	@exec $(BIN)/tributary demo

# Three workers on two cores: many a test waits for processes that it started. By name, long files are well spread.
test: $(DEV)  ## the whole test suite, on real servers
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(DEV)  ## format, lint, types, import contracts, schema and migrations, in under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tributary schema --check
	$(BIN)/tributary migrate --check

format: $(DEV)  ## let ruff lay out the code and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(DEV)  ## write schema/schema.graphql from the code
	$(BIN)/tributary schema --write

migrations: $(DEV)  ## write the migration that brings the tables up to the models
	$(BIN)/tortoise makemigrations

lock: $(DEV)  ## pin the newest versions that pyproject.toml allows, with hashes and without addresses
	$(BIN)/python -m pip install --quiet pip-tools
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile $(LOCKING) -o requirements.lock pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile $(LOCKING) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

LOCKING := --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
           --strip-extras --allow-unsafe --build-deps-for editable

clean:  ## forget the environment and the caches (the data in TRIBUTARY_HOME stays)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Tributary needs Python 3.11 or newer with venv. Debian, Ubuntu: sudo apt-get install -y python3-venv; macOS: brew install python"; exit 1; }
	@echo "Making .venv with $(PYTHON)"
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; exit 1; }

$(RUN): .venv/bin/python
	@echo "Installing what the mall needs (once)"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@rm -f .venv/.run-* && touch $@

$(DEV): $(RUN)
	@echo "Installing what the tests need (once)"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@rm -f .venv/.dev-* && touch $@
