# Everything a fresh machine needs is Python 3.11, pip and make: each target sets itself up.
.DEFAULT_GOAL := help
SHELL := /bin/bash -euo pipefail
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SEED ?= 1
DEVICE ?= cpu
TEST_WORKERS ?= 2
COVERAGE ?=
PACKAGES := ingot generation judging curation training services
LOCK := $(shell sha256sum requirements.lock infra/vllm-alias/pyproject.toml pyproject.toml | sha256sum | cut -c1-16)
READY := $(VENV)/.ready-$(LOCK)

export HF_HUB_OFFLINE ?= 1
export HF_HUB_DISABLE_TELEMETRY ?= 1
export DO_NOT_TRACK ?= 1
export VLLM_NO_USAGE_STATS ?= 1
export PREFECT_SERVER_ANALYTICS_ENABLED ?= false

.PHONY: help setup system demo test coverage interop check format lint types arch bench bench-peers model

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*## "} {printf "  %-12s %s\n", $$1, $$2}'

setup: $(READY) ## Install Ingot and all it needs into .venv

$(READY): requirements.lock pyproject.toml infra/vllm-alias/pyproject.toml
	@echo "installing into $(VENV) (about 4 GB, once)"
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Ingot needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation ./infra/vllm-alias
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

system: ## Install what tests use beside Python (Chromium, Ceph's S3 gateway); skips what it cannot
	@bash infra/system-packages.sh

demo: $(READY) ## Run the whole line on the embedded model: out/demo/report.html (SEED=1 DEVICE=cpu)
	$(BIN)/ingot demo --seed $(SEED) --device $(DEVICE)

test: $(READY) system ## Run all tests against a real PostgreSQL, S3, Prefect, vLLM and browser
	$(BIN)/python -m pytest -m "not interop" --numprocesses $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder $(COVERAGE)

coverage: ## Run all tests and state how much of the code they reach (half as long again)
	$(MAKE) test COVERAGE="--cov --cov-report=term:skip-covered"

interop: $(READY) ## Send tasks through a real Label Studio and read them back (1 GB, needs PyPI)
	$(BIN)/python -m pytest -m interop -v tests/services/review/interop

check: $(READY) lint types arch ## Lint, types, import contracts

format: $(READY) ## Format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

arch: $(READY)
	$(BIN)/lint-imports

bench: $(READY) ## Run the benchmarks, one JSON line each
	for name in curation evidence generation judging ordering review; do $(BIN)/python -m benchmarks.$$name; done

bench-peers: $(READY) ## Run other systems against the same mock engine (about 15 minutes, 3 GB, needs PyPI)
	$(BIN)/python -m benchmarks.peers

model: $(READY) ## Train the embedded models anew (about 25 minutes of CPU)
	mkdir -p out/model
	$(BIN)/python -m generation.verifiable.corpus --out out/model/corpus.parquet --seed 0
	$(BIN)/python -m generation.verifiable.corpus --held-out ingot/models/held_out.jsonl --seed 0
	$(BIN)/python -m training.embedded.build --corpus out/model/corpus.parquet --out ingot/models --work out/model --seed 0
