# Two commands matter, and both work in a clean clone: `make quickstart` and `make test`.

PYTHON ?= python3
VENV   ?= .venv
EXTRAS ?= train,ray,api,tool,gui,miniworld,household,thor,games,search,sb3,dev
ARGS   ?=

BIN       := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install quickstart test lint format docs clean

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

install: $(INSTALLED) ## make .venv with everything that running, training and testing need

quickstart: $(INSTALLED) ## train a small agent and show what it learned (ARGS="--help" for options)
	$(BIN)/python examples/quickstart.py $(ARGS)

# One thread a process: the two workers share two cores. A file's tests stay on one worker, so
# that what a module-scoped fixture has trained is trained once.
test: lint ## all checks and all tests (ARGS="-k name" to choose)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(INSTALLED) ## formatting, lint and types, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(INSTALLED) ## format the code and repair what lint can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(INSTALLED) ## write the generated tables of the pages anew
	$(BIN)/python -m scripts.make_readme

clean: ## remove the virtual environment, caches and build outputs
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made anew only when what is to be installed has changed.
$(INSTALLED): pyproject.toml constraints.txt system-packages.txt
	@sh scripts/system_packages.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo "Python 3.10 or newer is needed: set PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "Python's venv module is missing; as root: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@
