# `make run` and `make test` set up all they need on a machine with Python 3.11 or newer.
# Another Python than `python3`: make PYTHON=python3.12 test

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

# Folders whose tests need no database; to collect the others takes longer than to run these.
QUICK := tests/*.py $(addprefix tests/, demo documents domain files ledger mail views)

export UV_PYTHON_DOWNLOADS := never
# Images of containers set this. Each of the many processes would compile all it imports again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run assets reference screenshots check quick test lint audit benchmark wheel sbom migration clean

help:  ## Show what can be made.
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(READY)  ## Install everything into .venv, as uv.lock says.

$(READY): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'dispatch needs Python 3.11 or newer; name it: make PYTHON=python3.12 setup' >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || { $(BIN)/python .ci/locked_uv.py >.venv/uv.txt && \
		$(BIN)/python -m pip install --quiet --only-binary :all: --require-hashes -r .venv/uv.txt; }
	$(BIN)/uv sync --quiet --locked --python $(BIN)/python
	@touch $@

run: $(READY)  ## Send the sample year to a mail catcher; in a terminal, show it on pages then.
	@if [ -t 1 ]; then exec $(BIN)/dispatch demo; else exec $(BIN)/dispatch demo --once; fi

check: $(READY)  ## Check quickly: lint, types, contracts, the tests that need no database or server.
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint quick

quick: $(READY)
	$(BIN)/pytest -n 2 --dist=worksteal -q -m "not database and not heavy and not slow" \
		--hypothesis-profile=quick $(QUICK)

# One process more than cores, since many tests wait: for an answer that never comes, or a child.
test: lint  ## Check all but the slow journeys; .ci/run has these, real servers and the coverage.
	$(BIN)/pytest -n 3 -m "not slow" $(OPTIONS)

coverage:  ## Do the same, and measure which lines and branches the tests run.
	$(MAKE) --no-print-directory test OPTIONS=--cov

lint: $(READY)  ## Check style, types and import contracts.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --num-workers=2
	$(BIN)/mypy templates/evidence/verify.py
	$(BIN)/lint-imports

assets: $(READY)  ## Make the pages' stylesheet, script and font anew, as committed in templates/web/static.
	.ci/assets

reference: $(READY)  ## Make the reference of the commands anew: its page, the manual pages, the outline.
	$(BIN)/python -m dispatch.cli.reference.made

screenshots: $(READY)  ## Take the pictures in docs/pictures again, with Chromium.
	.ci/screenshots

audit: $(READY)  ## Look for what is known to be unsafe, in our code and in what it rests on.
	.ci/audit

benchmark: $(READY)  ## Measure rendering, sending, sealing, the upload and the start of commands.
	for name in letters render send crash faults seal; do .ci/benchmarks $$name || exit; done
	$(BIN)/python -m benchmarks.upload
	$(BIN)/python -m benchmarks.start

DIST ?= dist

wheel: $(READY)  ## Build the wheel into dist/, and the versions that it was tested with.
	$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir $(DIST)
	$(BIN)/uv export --quiet --locked --no-default-groups --all-extras --no-emit-project --no-hashes \
		--no-annotate --no-header -o $(DIST)/constraints.txt >/dev/null

sbom: $(READY)  ## List all that is inside, in dist/sbom.cdx.json (CycloneDX).
	.ci/sbom $(DIST)

migration: $(READY)  ## Draft the migration to what the models say: make migration NUMBER=0011 NAME="what changes"
	$(BIN)/python -c 'import sys; from dispatch.database import connect, schema; \
		session = connect("sqlite://").writing(); schema.upgrade(session); schema.draft(session, *sys.argv[1:])' "$(NAME)" $(NUMBER)

clean:  ## Remove what was made, but for the data in .dispatch.
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
