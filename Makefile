# Indelible. `make` alone lists what there is. Everything it makes stays in this folder; `make clean` takes it away.

PYTHON    ?= python3
PORT      ?= 8000
DEMO_HOME ?= demo-home
WORKERS   ?= 2
ARGS      ?=

VENV    := .venv
BIN     := $(VENV)/bin
RUNTIME := $(VENV)/installed-runtime
DEV     := $(VENV)/installed-dev
UV      := $(shell command -v uv 2>/dev/null)
SUITE   := $(BIN)/python -m tests.suite --numprocesses $(WORKERS) --dist worksteal

# Every package comes with its hash from requirements/; the project itself stays a checkout in place.
ifeq ($(UV),)
INSTALL  := $(BIN)/python -m pip install -qq --disable-pip-version-check
else
INSTALL  := $(UV) pip install --quiet --python $(BIN)/python
endif
CHECKOUT := --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.PHONY: help demo test both check docs bench torture lock clean

help:            ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{sub(/:.*/, "", $$1); printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(RUNTIME) ## install, load the demo company, serve it on 127.0.0.1 (PORT=8000)
	@echo "== Demo company in $(DEMO_HOME), on http://127.0.0.1:$(PORT)"
	@$(BIN)/indelible --home $(DEMO_HOME) demo --port $(PORT)

test: $(DEV)     ## the whole suite, shared between SQLite and PostgreSQL where it answers (ARGS="-k door")
	@$(SUITE) $(ARGS)

both: $(DEV)     ## the whole suite on SQLite, then the whole of it on PostgreSQL
	@$(SUITE) --on-both $(ARGS)

check: $(DEV)    ## style, types, import contracts, budgets, documentation
	@echo "== Style"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "== Types"
	@$(BIN)/mypy $(wildcard src tests verifier)
	@echo "== Imports"
	@$(BIN)/lint-imports --no-logo --no-cache
	@echo "== Budgets"
	@$(BIN)/python -m tests.architecture.figures
	@echo "== Architecture and documentation"
	@$(BIN)/python -m pytest -q tests/architecture

docs: $(DEV)     ## the documentation as a site in build/site; a warning is an error
	@echo "== Documentation site in build/site"
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict --clean --config-file docs/site/mkdocs.yml

bench: $(DEV)    ## what an audited change costs, and how long pages take: one table (ARGS="--part pages")
	@$(BIN)/python -m tests.bench $(ARGS)

torture: $(DEV)  ## the campaigns with many rounds, and the bench with a million events; hours, not minutes
	@INDELIBLE_CAMPAIGN=large $(SUITE) --on-both -m campaign $(ARGS)
	@INDELIBLE_CAMPAIGN=large $(BIN)/python -m tests.bench

lock: $(DEV)     ## resolve the dependencies anew and write requirements/
	@echo "== Locking"
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--extra qualify --group build pyproject.toml --output-file requirements/runtime.txt
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--constraints requirements/runtime.txt \
		--extra qualify --group build --group dev pyproject.toml --output-file requirements/dev.txt

clean:           ## take away what make made: the environment, the demo, caches
	rm -rf $(VENV) $(DEMO_HOME) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Indelible needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	@echo "== Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "== Installing what the product needs (about half a minute the first time)"
	@$(INSTALL) --require-hashes -r requirements/runtime.txt
	@$(INSTALL) $(CHECKOUT)
	@touch $@

$(DEV): requirements/dev.txt requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "== Installing what its development needs (about half a minute the first time)"
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@$(INSTALL) $(CHECKOUT)
	@touch $(RUNTIME) $@
