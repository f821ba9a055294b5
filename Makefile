# Footbridge. `make` alone lists what there is. Everything that is missing is built first; what is up to date is not touched.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test lint check train lock reset soak bench setup clean
PY := .venv/bin/python
FOOTBRIDGE := .venv/bin/footbridge

help:  ## this list
	@sed -n 's/^\([a-z]*\):[^#]*##  *\(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

run:  ## start everything on 127.0.0.1 with the demo district; Ctrl-C stops it
	@scripts/setup.sh run && exec $(FOOTBRIDGE) serve

test: setup lint  ## lint and the whole test suite (ARGS="-k name" for a part)
	@$(FOOTBRIDGE) train && $(PY) -m pytest $(ARGS)

lint: setup  ## ruff, mypy, import order
	@scripts/lint.sh

check:  ## the fast loop: lint and the tests that need neither engine nor browser
	@scripts/setup.sh dev && scripts/lint.sh fast && $(PY) -m pytest -q -m "not engine and not browser and not slow" $(ARGS)

train:  ## train the model, unless the one of this content is there
	@scripts/setup.sh run && $(FOOTBRIDGE) train

reset:  ## load the demo district afresh into this installation
	@scripts/setup.sh run && $(FOOTBRIDGE) demo reset

soak:  ## kill every part again and again under load and count what was lost (FOOTBRIDGE_SOAK_ROUNDS=20)
	@scripts/setup.sh all && $(FOOTBRIDGE) train && FOOTBRIDGE_SOAK_ROUNDS=$${FOOTBRIDGE_SOAK_ROUNDS:-20} \
	  $(PY) -m pytest -s --timeout=0 tests/journeys/test_kills.py $(ARGS) && FOOTBRIDGE_ALL_TEXTS=1 \
	  $(PY) -m pytest --timeout=0 tests/journeys/test_both_ways.py tests/bot/engine/test_same_model.py

bench:  ## the performance tables: how well the held-out texts are understood (ARGS="understanding --clinc FILE" for others)
	@scripts/setup.sh all && $(FOOTBRIDGE) train && $(FOOTBRIDGE) bench $(or $(ARGS),heldout)

lock:  ## write the lock files anew (LOCK_ARGS=--upgrade for newer versions)
	@scripts/setup.sh dev && LOCK_ARGS="$(LOCK_ARGS)" scripts/lock.sh

setup:  ## build both environments
	@scripts/setup.sh all

clean:  ## remove both environments, models and caches (never the installation's data)
	rm -rf .venv .venv-engine bot/models .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .rasa
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
