# Two words do all: `make demo` shows the whole product, `make test` proves it.
# Each sets up what it needs in .venv; nothing else on the machine is touched but, for the tests,
# the Debian packages that bring a broker, strace, faketime and a software token.
# A lock names all that is needed, so pip is told to follow no dependency (--no-deps): an older pip
# that meets `name[extra]` looks for the newest version, and finds one the lock does not know.

PYTHON ?= python3
JOBS ?= 3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test check bench faults arm64 conformance lock docs clean tools

help: ## What can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/demo.stamp: requirements/demo.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the demo needs into $(VENV) (once)"
	@$(PIP) install --no-deps --require-hashes -r requirements/demo.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the tests need into $(VENV) (once)"
	@$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/demo.stamp

demo: $(VENV)/demo.stamp ## The whole product on this machine (ONCE=1 closes the circle once and exits; SHELVES=DIR plays real pictures)
	@$(BIN)/python -m demo $(if $(ONCE),--once) $(if $(SHELVES),--shelves "$(SHELVES)") $(DEMO_ARGS)

tools:
	@for tool in mosquitto strace softhsm2-util faketime; do \
	  PATH="$$PATH:/usr/sbin" command -v $$tool >/dev/null || missing="$$missing $${tool%-util}"; done; \
	if [ -n "$$missing" ]; then echo "Installing$$missing"; \
	  if [ "$$(id -u)" = 0 ]; then S=; else S="sudo -n"; fi; \
	  $$S apt-get update -qq && $$S env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null \
	  || echo "Not installed:$$missing; the tests that need them will be skipped, and say so"; fi

test: $(VENV)/dev.stamp tools ## Every test, with its coverage (JOBS=1 one after the other)
	@PATH="$$PATH:/usr/sbin" $(BIN)/python -m pytest --cov --cov-report= -n $(JOBS) --dist loadfile $(ARGS)
	@$(BIN)/coverage report --fail-under=92 --format=total
	@$(BIN)/coverage report --include='edge_agent/core/*,central_sync/core/*,endcap/wire/*' --fail-under=100 --skip-covered --show-missing

check: $(VENV)/dev.stamp ## Format, lint, types, imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

bench: $(VENV)/dev.stamp ## What the README claims, measured on this machine
	@$(BIN)/python -m benchmarks.footprint
	@$(BIN)/python -m benchmarks.ingest
	@$(BIN)/python -m benchmarks.vision
	@$(BIN)/python -m benchmarks.camera_days --days 2 --hours 2
	@$(BIN)/python -m benchmarks.enrolment --shelves 10
	@$(BIN)/python -m benchmarks.kiosk
	@$(BIN)/python -m benchmarks.swaps
	@$(BIN)/python -m benchmarks.idle_traffic
	@$(BIN)/python -m benchmarks.demand_device
	@$(BIN)/python -m benchmarks.night
	@$(BIN)/python -m benchmarks.drift
	@$(BIN)/python -m benchmarks.quarter
	@$(BIN)/python -m benchmarks.leases
	@$(BIN)/python -m benchmarks.kiosk_load

faults: $(VENV)/dev.stamp tools ## What the README promises of faults, the long way: every system call, thousands of power cuts
	@PATH="$$PATH:/usr/sbin" $(BIN)/python -m benchmarks.faults

arm64: $(VENV)/dev.stamp ## The image's content on an emulated ARM: models answer as their makers saw, a store serves
	@PYTHON=$(BIN)/python tests/image/arm64.sh

conformance: $(VENV)/dev.stamp tools ## The TUF project's own judge of the store's updater (SUITE=a checkout of tuf-conformance)
	@ENDCAP_TUF_CONFORMANCE="$(SUITE)" $(BIN)/python -m pytest -s tests/conformance

docs: $(VENV)/dev.stamp ## Write the generated references again
	@$(BIN)/python -m endcap.plumbing.config_reference

lock: ## Pin every dependency with its hash again (needs uv); what runs is what was tested
	@compile="uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -q"; \
	$$compile --extra dev pyproject.toml requirements/build.in -o requirements/dev.txt; \
	for set in edge central; do \
	  $$compile --extra $$set --constraint requirements/dev.txt pyproject.toml -o requirements/$$set.txt; done; \
	$$compile --extra demo --constraint requirements/dev.txt pyproject.toml requirements/build.in -o requirements/demo.txt

clean: ## Remove what was made here
	@rm -rf $(VENV) demo-run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
