# Needs GNU make, a POSIX shell and Python 3.11 to 3.13; everything else is installed into .venv.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
PIP_COMPILE := $(BIN)/python -m piptools compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

# Checks judge the code, not somebody's .env, and leave no database behind.
CLEAN_DJANGO := PROGMETAL_IGNORE_DOTENV=1 DATABASE_URL=sqlite://:memory: \
	SPOTIFY_CLIENT_ID=none SPOTIFY_CLIENT_SECRET=none $(BIN)/python manage.py

# Sets $$python to the first one of a version that the pinned packages are for.
FIND_PYTHON = python=; \
	for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
		if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then \
			python=$$candidate; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "progmetal needs Python 3.11, 3.12 or 3.13 and $(if $(PYTHON),$(PYTHON) is not,found none). Install it, or name one: make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi

# The parts of `make test`, which fails where one of them does.
PARTS := test-sqlite test-postgres test-browser check

.PHONY: help install run test $(PARTS) tests-compiled bench soak screenshots lighthouse css requirements clean

help: ## Say what there is (this list).
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.dev ## Create .venv with all pinned packages, those for tests included.

run: $(VENV)/.base ## Serve the sample catalog; PORT=8000.
	@exec $(BIN)/python manage.py demo --port $(PORT)

test: ## Run the linters and all tests, on SQLite and PostgreSQL; ARGS are for pytest.
	@$(FIND_PYTHON); "$$python" -m tests.support.machine
	@$(MAKE) --no-print-directory install
	@$(BIN)/python -m tests.support.chromium
	@echo "Running $(PARTS:test-%=%) side by side; each is shown when it has ended, in a few minutes."
	@$(MAKE) --no-print-directory --keep-going --jobs --output-sync=target $(PARTS); status=$$?; \
	tail -qn 1 $(patsubst test-%,test-results/%.txt,$(filter-out check,$(PARTS))); exit $$status

# A browser waits more than it computes and ends last, so the other parts give way to it.
NO_BROWSER := --ignore tests/browser
# What uses the database in its own process runs on both; processes, browsers and all else run once.
test-sqlite: PYTEST := nice -n 5 $(BIN)/python -m pytest -m 'not browser and not postgres' $(NO_BROWSER) -n 3 --dist worksteal
test-postgres: PYTEST := nice -n 5 $(BIN)/python -m tests.support.postgres -- \
	$(BIN)/python -m pytest $(NO_BROWSER) -m '(database and not once) or postgres' -n 2 --dist worksteal
test-browser: PYTEST := $(BIN)/python -m pytest -m browser -n 3 --dist loadfile

# The first process that collects the tests rewrites their assertions for all others; what cannot be collected, the parts tell.
tests-compiled: $(VENV)/.dev
	@$(BIN)/python -m pytest --collect-only -qq > /dev/null 2>&1 || true

# With ARGS, pytest may find nothing to do in one of the parts, which it tells by the code 5.
$(filter-out check,$(PARTS)): test-%: tests-compiled
	@mkdir -p test-results
	@$(PYTEST) $(ARGS) > test-results/$*.txt 2>&1; status=$$?; \
	echo "── Tests: $* ──"; cat test-results/$*.txt; \
	[ $$status -eq 0 ] $(if $(ARGS),|| [ $$status -eq 5 ])

check: $(VENV)/.dev ## Run the linters, the type checker and the checks of Django.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo --no-cache
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright
	$(CLEAN_DJANGO) makemigrations --check --dry-run
	$(CLEAN_DJANGO) check --fail-level WARNING

bench: $(VENV)/.dev ## Measure the budgets and print them as a table.
	$(BIN)/python -m tests.benchmarks

soak: $(VENV)/.dev ## Try kills, faults, full disks, wrong clocks, hostile sheets, 20,000 requests; up to ten minutes.
	timeout 600 $(BIN)/python -m tests.soak

screenshots: $(VENV)/.dev ## Photograph the sample catalog into docs/screenshots.
	$(BIN)/python -m tests.screenshots

lighthouse: $(VENV)/.dev ## Judge the sample's list page as a phone and a desktop; needs Node.
	cd frontend && npm install --no-save --silent
	$(BIN)/python -m tests.lighthouse

css: ## Rebuild static/css/app.css; needs Node.
	cd frontend && npm install --no-save && npm run build

requirements: $(VENV)/.dev ## Pin the packages that pyproject.toml names; pins that still fit stay.
	$(PIP_INSTALL) pip-tools
	$(PIP_COMPILE) --output-file requirements/base.txt pyproject.toml
	$(PIP_COMPILE) --extra dev --constraint requirements/base.txt --output-file requirements/dev.txt pyproject.toml

clean: ## Remove .venv and all that runs and tests leave behind, but no database.
	rm -rf $(VENV) staticfiles test-results .pytest_cache .ruff_cache .hypothesis

# pip is the last thing that venv writes, so its presence means that the environment is whole.
$(BIN)/pip:
	@$(FIND_PYTHON); \
	if ! "$$python" -m venv --clear $(VENV); then \
		rm -rf $(VENV); \
		echo "$$python could not create a virtual environment. On Debian and Ubuntu, install the package python3-venv and try again." >&2; \
		exit 1; \
	fi

# The stamps make a second call instant, and a changed list of packages installs itself.
$(VENV)/.base: requirements/base.txt | $(BIN)/pip
	@echo "Installing the packages that progmetal needs into $(VENV) (once)"
	@$(PIP_INSTALL) --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(BIN)/pip
	@echo "Installing the packages for progmetal and its tests into $(VENV) (once)"
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $(VENV)/.base $@
