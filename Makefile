# The two commands: `make run` and `make test`. Everything is installed into this folder.

# Not taken from the environment: an activated one is somebody else's.
VENV := .venv
export VENV

# The first Python on this machine that is new enough.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
PREPARE = $(or $(PYTHON),$(error Python 3.11 or newer is needed, and none was found)) tools/prepare.py
BIN = $(VENV)/bin

.PHONY: run doctor barista test check bench lock deployment mta sbom cumulocity wheel local-hana-image clean help

run: ## start the whole chain on this machine
	@$(PREPARE) run
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(BIN)/python -m localcloud $(ARGS)

doctor: ## what is wrong with the running chain; ARGS="--cf" for the cloud's, ARGS="--url https://..." from outside
	@$(PREPARE) run
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(BIN)/python -m localcloud doctor $(ARGS)

barista: ## the coffee bar on this terminal: orders in, hot and cold drinks out
	@$(PREPARE) barista
	@exec $(BIN)/python -m barista.coffeebar $(ARGS)

# Side by side, more than there are cores: they wait more than they compute.
test: ## run all tests but those that take minutes; ARGS are pytest's
	@$(PREPARE) test
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(BIN)/python -m pytest -n 6 --dist loadfile -m "not slow" $(ARGS)

check: ## formatting, lint, types
	@$(PREPARE) check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: ## measure the service and the local HANA, side by side
	@$(PREPARE) test
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m bench.hana
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(BIN)/python -m bench.service

lock: ## write requirements*.txt anew from pyproject.toml
	@$(PREPARE) check
	$(COMPILE) pyproject.toml --output-file requirements.txt
	$(COMPILE) --group localcloud pyproject.toml --constraint requirements.txt --output-file requirements/localcloud.txt
	$(COMPILE) --group barista --constraint requirements.txt --output-file requirements/barista.txt
	$(COMPILE) --group dev pyproject.toml --constraint requirements.txt --output-file requirements/dev.txt
	$(COMPILE) --group hana-ml --constraint requirements/dev.txt --output-file requirements/hana-ml.txt
	$(COMPILE) --group sbom --constraint requirements/dev.txt --output-file requirements/sbom.txt
	$(COMPILE) --group node --output-file requirements/node.txt
	$(COMPILE) --group local-hana --constraint requirements.txt --output-file localcloud/requirements.txt

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock"

deployment: ## check manifest.yml, and write what follows from it and from vars.yml
	@$(PREPARE) check
	@$(BIN)/python -m tools.deployment

mta: deployment ## lay out build/mta for `cf deploy build/mta`
	@$(BIN)/python -m tools.upload build/mta

sbom: ## write bills of materials (CycloneDX) of the apps to build/sbom
	@$(PREPARE) sbom
	@mkdir -p build/sbom
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --mc-type application \
		--output-reproducible --output-format JSON --output-file build/sbom/myapp.cdx.json
	@cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm sbom --loglevel=error --omit dev --sbom-format cyclonedx --sbom-type application \
		> ../build/sbom/web.cdx.json
	@cd db && PATH="$(CURDIR)/$(BIN):$$PATH" npm sbom --loglevel=error --package-lock-only --omit dev --sbom-format cyclonedx \
		--sbom-type application > ../build/sbom/db.cdx.json
	@ls build/sbom/*.cdx.json

cumulocity: ## build/cumulocity/tokonoma-<version>.zip, to be uploaded; needs docker, podman or buildah
	@$(PREPARE) check
	@exec $(BIN)/python -m tools.cumulocity $(ARGS)

wheel: ## the local cloud for other projects: build/wheel/tokonoma_localcloud-<version>-py3-none-any.whl
	@$(PREPARE) check
	@rm -rf build/wheel
	@cd localcloud && $(abspath $(BIN))/python -m hatchling build -t wheel -d $(CURDIR)/build/wheel

local-hana-image: ## the local HANA as an image: docker, podman or buildah builds local-hana
	@BUILDAH_FORMAT=docker exec $(or $(ENGINE),$(error Building an image needs docker, podman or buildah)) build --tag local-hana localcloud

# The first that answers: docker may be installed without its daemon.
ENGINE ?= $(shell for e in docker podman buildah; do if $$e info >/dev/null 2>&1; then echo $$e; break; fi; done)

clean: ## remove everything that was installed or made
	rm -rf .venv* .localcloud build web/node_modules db/node_modules tests/*/node_modules test-artefacts
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
