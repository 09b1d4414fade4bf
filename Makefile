# Two commands matter: `make demo` shows a re-irradiation report, `make test` runs the whole gate.
# Everything is installed into .venv beside this file; nothing else on the machine is touched.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export MPLBACKEND := Agg

.PHONY: demo quick test docs prove validation benchmarks check-format lint types contracts unit clean help

help:
	@echo "make demo   install and write a re-irradiation report of a synthetic patient to demo-output/"
	@echo "make quick  format, lint, types, import contracts and the fast tests, in about a minute"
	@echo "make test   the whole gate: format, lint, types, import contracts, tests, doctests, README, notebooks"
	@echo "make docs   the documentation as plain HTML in build/docs"
	@echo "make validation DATE=2026-11-21   the validation kit for a hospital, docs/validation/, with that date"
	@echo "make benchmarks   ratios beside dicompyler-core and loops by hand, goals, growth"
	@echo "make prove  longer proofs: 20,000 damaged inputs, 600 mutants, the wheel, other Pythons, a browser"
	@echo "make clean  remove the environments and outputs made here"

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("rtplan needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -e .
	touch "$@"

$(VENV)/.installed-dev: $(VENV)/.installed
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch "$@"

demo: $(VENV)/.installed
	@"$(BIN)/python" -m rtplan demo --out demo-output --overwrite

quick: check-format lint types contracts
	@"$(BIN)/python" -m pytest -n 2 -q -m "not slow"

test: check-format lint types contracts unit

check-format: $(VENV)/.installed-dev
	@"$(BIN)/python" -m ruff format --check .

lint: $(VENV)/.installed-dev
	@"$(BIN)/python" -m ruff check .

types: $(VENV)/.installed-dev
	@"$(BIN)/python" -m mypy

contracts: $(VENV)/.installed-dev
	@"$(BIN)/python" -c "from importlinter.cli import lint_imports_command as run; run()"

unit: $(VENV)/.installed-dev
	@"$(BIN)/python" -m pytest -n 2 --cov --cov-report=term

docs: $(VENV)/.installed-dev
	@"$(BIN)/python" tools/build_docs.py --execute-notebooks

# The date is passed in: the same sources, machine and date give the same bytes. ARGS=--run-tests runs
# the tests that the requirements name as well.
validation: $(VENV)/.installed-dev
	@"$(BIN)/python" tools/validation build --date "$(if $(DATE),$(DATE),$(error say which date the kit carries: make validation DATE=2026-11-21))" $(ARGS)

benchmarks: $(VENV)/.installed-dev
	@"$(BIN)/python" benchmarks/run.py --out benchmark-output
	@"$(BIN)/python" benchmarks/goals.py
	@"$(BIN)/python" benchmarks/growth.py

# The wheel, installed outside the source tree, on every Python that is here; what is missing is named.
prove: test
	@"$(BIN)/python" tools/prove.py

clean:
	rm -rf "$(VENV)" demo-output benchmark-output dist .coverage .coverage.*
