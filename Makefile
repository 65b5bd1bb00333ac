# make demo: the whole main job on pictures of its own; make test: every check. Both set up first.
PYTHON ?= python3
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# The large environment is shared by all clones and named after what is in it.
HASH := $(shell cat requirements.txt tests/requirements.txt | cat - <($(PYTHON) -VV) | sha256sum | cut -c1-12)
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/inchify
ENVIRONMENT := $(CACHE)/environment-$(HASH)
RUN := .venv/bin/python

.PHONY: help setup demo test lint types unit figures structure archive format clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/ready-$(HASH)  ## the environment: .venv here, its packages in a cache shared by clones

$(ENVIRONMENT)/ready:
	@$(PYTHON) -c 'import sys; sys.exit("inchify needs Python 3.11 or newer, this is " + sys.version) if sys.version_info < (3, 11) else None'
	@echo "installing packages into $(ENVIRONMENT) (some minutes and 7 GB, once)"
	rm -rf $(ENVIRONMENT)
	$(PYTHON) -m venv $(ENVIRONMENT)
	$(ENVIRONMENT)/bin/python -m pip install --quiet --disable-pip-version-check \
	    -r requirements.txt -r tests/requirements.txt
	touch $@

# A thin environment of this clone: the packages of the shared one, and src/ of this clone.
.venv/ready-$(HASH): $(ENVIRONMENT)/ready
	rm -rf .venv
	$(PYTHON) -m venv --without-pip .venv
	site=$$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
	packages=$$($(ENVIRONMENT)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
	printf 'import site; site.addsitedir("%s")\n%s\n' "$$packages" "$(CURDIR)/src" > "$$site/inchify.pth"
	printf '#!/bin/sh\nexec "%s" -m inchify "$$@"\n' "$(CURDIR)/.venv/bin/python" > .venv/bin/inchify
	chmod +x .venv/bin/inchify
	touch $@

demo: setup  ## a small competition, made, learnt, answered and scored in a few minutes
	$(RUN) -m inchify demo

test: setup lint types unit  ## all checks

lint: setup
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: setup
	$(RUN) -m mypy

unit: setup
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE NO_ALBUMENTATIONS_UPDATE=1 $(RUN) -m pytest -q -n 2 --dist loadfile $(TESTS)

figures: setup  ## draw the README's figures again
	$(RUN) docs/figures/draw.py

structure: setup  ## write docs/directory_structure.txt again
	$(RUN) docs/structure.py

archive: setup  ## the last commit with its weights as dist/inchify.tar.gz; CHECKPOINTS="runs/fold0/best ..." adds runs
	$(RUN) kernels/package/archive.py $(foreach folder,$(CHECKPOINTS),--checkpoint $(folder))

format: setup  ## put the source into the house format
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

clean:  ## remove what the commands made here
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache build dist work runs submissions/demo
