# The one task runner. Every target sets up what it needs; `make help` lists them.

PYTHON ?= python3
PY     := .venv/bin/python

# Given on the command line: what the demo talks to, flags for a command, the tests to run and in how many processes.
MODEL       :=
UPSTREAM    :=
DEMO_FLAGS  :=
SERVE_FLAGS :=
WHAT        :=
CHAOS_FLAGS :=
TESTS       :=
WORKERS     := 2

demo_flags = $(if $(MODEL),--model "$(MODEL)") $(if $(UPSTREAM),--upstream "$(UPSTREAM)") $(DEMO_FLAGS)
say = @printf '\n\033[1m== %s\033[0m\n' "$(1)"

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo serve test check pytest format docs compatibility bench chaos lock clean ready-to-run ready-to-develop

help: ## List the targets
	@printf 'make TARGET, where TARGET is one of\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\n  make demo MODEL=file.gguf      with a model file of your own\n'
	@printf '  make demo UPSTREAM=URL         with a server that speaks /chat/completions\n'
	@printf '  make pytest TESTS=tests/unit   with the tests you name\n'

demo: ready-to-run ## Set everything up and hold a real conversation with a small local model
	@$(PY) -m threadkeep demo $(demo_flags)

serve: ready-to-run ## Start the server on a file in this folder (SERVE_FLAGS="--port 9000")
	@$(PY) -m threadkeep serve $(SERVE_FLAGS)

test: check docs pytest ## Run everything: the checks, the documentation, all tests with coverage
	$(call say,All passed)

check: ready-to-develop ## Format, lint, types, layers, generated code and spelling
	$(call say,Format)
	@$(PY) -m ruff format --check .
	$(call say,Lint)
	@$(PY) -m ruff check .
	$(call say,Types)
	@$(PY) -m basedpyright
	$(call say,Layers)
	@.venv/bin/lint-imports --no-logo
	$(call say,Generated code)
	@$(PY) scripts/unasync.py --check
	@$(PY) scripts/draw_lifecycle.py --check
	@$(PY) scripts/draw_compatibility.py --check
	@$(PY) scripts/write_reference.py --check
	$(call say,Spelling)
	@.venv/bin/codespell && echo "No misspelling found."

pytest: ready-to-develop ## All tests with branch coverage (TESTS=... for some of them)
	$(call say,Tests)
	@$(PY) -m coverage erase
	@$(PY) -m coverage run -m pytest -n $(WORKERS) $(TESTS)
	$(call say,Branch coverage)
	@$(PY) -m coverage combine --quiet
	@$(PY) -m coverage report

format: ready-to-develop ## Format, mend what ruff can mend, generate the sync client anew
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .
	@$(PY) scripts/unasync.py
	@$(PY) scripts/draw_lifecycle.py
	@$(PY) scripts/draw_compatibility.py
	@$(PY) scripts/write_reference.py

docs: ready-to-develop ## Build the documentation into site/; broken links fail
	$(call say,Documentation)
	@$(PY) scripts/build_docs.py

compatibility: ready-to-develop ## Run other people's clients anew and draw their table in the documentation
	@THREADKEEP_RECORD=1 $(PY) -m pytest tests/conformance -q -k recorded
	@$(PY) scripts/draw_compatibility.py

bench: ready-to-develop ## Measure, with each goal beside (some minutes; WHAT=10 for one row)
	@$(PY) -m bench $(WHAT)

chaos: ready-to-develop ## Kill everything a thousand times under load (CHAOS_FLAGS="--minutes 10")
	@$(PY) -m tests.chaos $(CHAOS_FLAGS)

lock: ready-to-develop ## Lock the dependencies anew (UPGRADE=1 takes the newest)
	@$(PY) scripts/lock.py $(if $(UPGRADE),--upgrade)

clean: ## Remove what was built: .venv, site, caches
	rm -rf .venv .conformance site dist .coverage .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests scripts bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

ready-to-run:
	@$(PYTHON) scripts/set_up.py run

ready-to-develop:
	@$(PYTHON) scripts/set_up.py dev
