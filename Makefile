# `make run` and `make test` make the environment from the lock, once, and share it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 3
TESTS ?=

.PHONY: run test check bench slow docs lock clean

run: $(READY)
	$(BIN)/python -m harness run

# Most tests wait, and run side by side; what they would disturb comes after them.
test: $(READY)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --durations 20 -m "not slow and not alone" $(TESTS)
	$(BIN)/python -m pytest -m "alone and not slow" $(TESTS)

check: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/python -m tests.architecture docs/architecture.svg

# The proofs that take minutes: first those that measure nothing, side by side.
slow: $(READY)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --durations 20 -m "slow and together"
	$(BIN)/python -m pytest --durations 20 -m "slow and not together"

bench: $(READY)
	$(BIN)/python -m pytest tests/benchmarks --benchmark-only

# The pages of docs/ as a site, in docs/_site; a warning is an error.
docs: $(READY)
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --builder html docs docs/_site

$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	$(BIN)/python -m uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q harness
	touch $@

# Takes the newest versions that pyproject.toml allows.
lock:
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	$(BIN)/python -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --all-extras --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) $(VENV)-* docs/_site
