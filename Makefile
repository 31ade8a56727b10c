# Works with GNU make 3.81 and newer, and needs nothing but Python >= 3.11 (PYTHON=... names another one).
PYTHON ?=
ARGS ?=
JOBS ?= 3
BIN := .venv/bin

# Where the environment forbids bytecode, every process would compile some 2,000 files again: three times slower.
unexport PYTHONDONTWRITEBYTECODE

# Names are tried by running them: version managers leave names on the PATH that do not run.
FIND_PYTHON = found=; \
	for each in $(PYTHON) python3.14 python3.13 python3.12 python3.11 python3 python; do \
	  if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$each; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or newer was found on the PATH: install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; "$$found"

.DEFAULT_GOAL := help
.PHONY: help setup dev demo test test-long browser lint bench sizes lock clean

help:
	@echo "make setup      make .venv from the hashed lock (uv when present, else pip)"
	@echo "make demo       setup, then a year of real flights; options: make demo ARGS=--keep"
	@echo "make test       environment, checks and the whole suite; options: make test ARGS='-k gate'"
	@echo "make test-long  the tests that take minutes"
	@echo "make lint       ruff, mypy, import walls"
	@echo "make bench      every speed promise beside its reference; one: make bench ARGS=P3"
	@echo "make sizes      lines and functions per room"
	@echo "make dev        make .venv with the tools of development, and nothing else"
	@echo "make lock       compile requirements/*.txt again (needs uv)"
	@echo "make clean      remove the environment, caches and builds"

setup:
	@$(FIND_PYTHON) tools/environment.py setup demo

dev:
	@$(FIND_PYTHON) tools/environment.py setup dev

demo: setup
	@$(BIN)/tidemill demo $(ARGS)

browser: dev
	@$(FIND_PYTHON) tools/environment.py browser

lint: dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-cache

test: lint browser
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

test-long: dev browser
	$(BIN)/python -m pytest -m long $(ARGS)

bench: dev
	$(BIN)/python -m benchmarks $(or $(ARGS),--report)

sizes:
	@$(FIND_PYTHON) tools/sizes.py

lock:
	@$(FIND_PYTHON) tools/environment.py lock

clean:
	@$(FIND_PYTHON) tools/environment.py clean
