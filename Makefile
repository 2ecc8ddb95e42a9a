# make run · make test · make check · make faults · make lock. Everything else is in the README.
PYTHON ?= python3
STAMP := .venv/.installed
PY := .venv/bin/python

.PHONY: setup run test check faults lock clean

setup: $(STAMP)

# The only rule that makes .venv. Wheels only, each one checked against its hash.
$(STAMP): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Stillwater needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $(STAMP)

run: setup
	@$(PY) -m bot start

test: setup
	@$(PY) -m tests

check: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m bot content check

faults: setup
	$(PY) -m tests.faults

# Pins move only here: needs `uv` on the PATH; no index address is written.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements/run.txt
	uv pip compile pyproject.toml --group dev -c requirements/run.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements/dev.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
