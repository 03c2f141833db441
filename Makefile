# Needs make, python3 (3.10 to 3.13) and its venv module; everything else is fetched by pip.
# Environments are made once and made again when the requirements in setup.cfg change.

PYTHON ?= python3
PACKAGES := crack_edge edge trainer converters benchmarks

FULL := .venv-dev
LIGHT := .venv-device
DEMO := .venv-demo
BENCH := .venv-bench
SAHI := sahi>=0.12.8,<0.13
DEMO_REPORT ?= demo-report
# Named at the end of a run, with their times.
SLOWEST := --durations=10 --durations-min=3
LONG := test_benchmark.py test_bundle.py
REQUIREMENTS := setup.cfg pyproject.toml
SOURCES := $(shell find $(PACKAGES) -type f ! -name '*.pyc' ! -path 'benchmarks/results/*' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help demo test test-integration test-unit test-light readme device-test device-test-short check format \
	pictures bench clean

help:
	@echo "make demo    scan an example photo with the shipped model (light install)"
	@echo "make test    all tests, then the device's tests where TensorFlow is not installed"
	@echo "make readme  type the README's commands in a fresh clone"
	@echo "make device-test  install and run it in emulated userlands of a Raspberry Pi (as root)"
	@echo "make check   format, lint, types, layers"
	@echo "make format  rewrite the files in the one format"
	@echo "make pictures  draw the README's pictures anew (needs chromium)"
	@echo "make bench   measure the shipped models on this machine, beside SAHI and supervision"
	@echo "make clean   remove the environments and what the tools left"

# A new environment each time its stamp is out of date: what a requirement no longer asks for
# would otherwise stay and hide that something still needs it.
$(FULL)/stamp: $(REQUIREMENTS)
	@echo "Making $(FULL) with TensorFlow (4 GB, some minutes) ..."
	$(PYTHON) -m venv --clear $(FULL)
	$(FULL)/bin/python -m pip install --editable '.[all,dev]'
	@touch $@

$(LIGHT)/stamp: $(REQUIREMENTS)
	@echo "Making $(LIGHT), what a device installs, and the test tools ..."
	$(PYTHON) -m venv --clear $(LIGHT)
	$(LIGHT)/bin/python -m pip install --editable '.[test]'
	@touch $@

$(DEMO)/venv: $(REQUIREMENTS)
	@echo "Making $(DEMO), what a device installs ..."
	$(PYTHON) -m venv --clear $(DEMO)
	@touch $@

# Not editable: the demo shows the package as a user gets it. build/ goes first, because setuptools
# would pack files left there by an older state.
$(DEMO)/stamp: $(DEMO)/venv $(SOURCES)
	rm -rf build
	$(DEMO)/bin/python -m pip install .
	@touch $@

demo: $(DEMO)/stamp
	$(DEMO)/bin/crack-edge demo --out $(DEMO_REPORT) --force

test: test-integration test-unit test-light

test-integration: $(FULL)/stamp
	$(FULL)/bin/python -m pytest $(SLOWEST) tests/integration

test-unit: $(FULL)/stamp
	$(FULL)/bin/python -m pytest $(SLOWEST) tests/unit tests/device

# What a device has: no TensorFlow and no extras. The tests that look at just that; left out are two
# long files of commands that tests/device and tests/userland run in this environment too.
test-light: $(LIGHT)/stamp
	@$(LIGHT)/bin/python -c "import importlib.util, sys; sys.exit('TensorFlow is in $(LIGHT)' if importlib.util.find_spec('tensorflow') else 0)"
	$(LIGHT)/bin/python -m pytest $(SLOWEST) tests/device tests/unit/test_architecture.py tests/unit/crack_edge tests/unit/edge/model tests/unit/edge/doctor tests/unit/benchmarks/run/test_backends.py $(LONG:%=--ignore=tests/unit/crack_edge/commands/%)

# In a fresh clone of what is committed, with an empty HOME.
readme:
	$(PYTHON) tests/type_readme.py

# Debian's userlands of Raspberry Pi OS, emulated; made once and kept in the user's cache folder.
device-test: $(LIGHT)/stamp
	$(LIGHT)/bin/python -m pytest --device --soak tests/userland

device-test-short: $(LIGHT)/stamp
	$(LIGHT)/bin/python -m pytest --device --userland bookworm tests/userland

check: $(FULL)/stamp
	$(FULL)/bin/ruff format --check .
	$(FULL)/bin/ruff check .
	$(FULL)/bin/mypy
	$(FULL)/bin/lint-imports --no-logo

format: $(FULL)/stamp
	$(FULL)/bin/ruff format .
	$(FULL)/bin/ruff check --fix .

pictures: $(FULL)/stamp
	$(FULL)/bin/python -m benchmarks.project --pictures

# SAHI without its requirements: setup.cfg says why, and its extra brings what is needed of them.
$(BENCH)/stamp: $(REQUIREMENTS)
	@echo "Making $(BENCH) with TensorFlow, SAHI and supervision (3 GB, some minutes) ..."
	$(PYTHON) -m venv --clear $(BENCH)
	$(BENCH)/bin/python -m pip install --editable '.[all,bench]'
	$(BENCH)/bin/python -m pip install --no-deps '$(SAHI)'
	@touch $@

bench: $(BENCH)/stamp
	$(BENCH)/bin/python -m benchmarks.project

clean:
	rm -rf $(FULL) $(LIGHT) $(DEMO) $(BENCH) $(DEMO_REPORT) build dist *.egg-info \
		.mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +
