# make run     serves Punnet on this machine, with the example knowledge base
# make test    checks everything
# make soak    tries for hours what else can go wrong, and writes docs/results/sync.md
# Both prepare .venv first; nothing outside this folder is touched but caches.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Tests reach no network, and no library tells anybody that it is used.
QUIET := HF_HUB_OFFLINE=1 DO_NOT_TRACK=1

.PHONY: install run test soak lint lock clean

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml scripts/install.py
	$(PYTHON) scripts/install.py $(VENV)
	@touch $@

run: install
	$(BIN)/punnet up --home .punnet --with-example examples/shop

# Two processes share the tests, one core each.
test: lint
	$(QUIET) OMP_NUM_THREADS=1 $(BIN)/pytest -n 2

soak: install
	$(QUIET) $(BIN)/python -m tests.soak

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# torch stays out of the lock: its build differs by machine (see scripts/install.py). numba too,
# with its 190 MB: unstructured asks for it, and imports it for pictures of PDF pages alone.
# Pins stay as they are where they can; `make lock UPGRADE=--upgrade` renews them all.
lock: install
	printf '%s ; python_version < "3"\n' torch numba > $(VENV)/left-out.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal \
		--python-version 3.11 --override $(VENV)/left-out.txt --generate-hashes \
		--no-emit-index-url --no-annotate --no-header $(UPGRADE) --quiet -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
