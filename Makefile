PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow test-editors fuzz bench lint clean

## Create the environment, install Monkey Coder, and show its main job on real source.
demo: $(VENV)/.installed
	$(BIN)/monkey-coder demo

## Install what the tests need and run them.
test: $(VENV)/.tests
	$(BIN)/python -m pytest -n auto -m "not slow and not editors"

test-slow: $(VENV)/.tests
	$(BIN)/python -m pytest -n auto -m slow

## Drive real editors, installed into build/editors or found on PATH; screens and logs go there too.
## A busy machine can hold an editor up: one that fails is driven once more, and the summary says so.
test-editors: $(VENV)/.tests
	$(BIN)/python -m tests.editors.install
	$(BIN)/python -m pytest -m editors --reruns 1 -rR tests/editors

## Look for answers, texts and edits that break what must hold, ten minutes each, with atheris.
FUZZ_SECONDS ?= 600
fuzz: build/fuzz/.installed
	for property in block_reader line_diff positions; do \
	  build/fuzz/venv/bin/python -m tests.fuzz.run $$property --seconds $(FUZZ_SECONDS) || exit 1; \
	done

build/fuzz/.installed:
	$(PYTHON) -m venv build/fuzz/venv
	build/fuzz/venv/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	build/fuzz/venv/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: atheris \
	  || echo "atheris has no wheel for this Python and system: make fuzz says so and ends"
	touch $@

bench: $(VENV)/.tests
	$(BIN)/python -m benchmarks

lint: $(VENV)/.tests
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.tests: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	touch $@

clean:
	rm -rf $(VENV) build dist
