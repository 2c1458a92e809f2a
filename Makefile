# flowtape, for its developers. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Two environments: one for replay and the sample services (what CI has beside an application), one for
# the agent (scapy, mitmproxy). What replays can never import what records.
PYTHON ?= python3
AGENT_PYTHON ?= $(shell for p in python3.13 python3.12 $(HOME)/.pyenv/versions/3.13*/bin/python3 $(HOME)/.pyenv/versions/3.12*/bin/python3 $(PYTHON); do \
	"$$p" -c 'import ssl, venv' 2>/dev/null && { command -v "$$p"; break; }; done)
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
ONLY ?=

# Some machines ask Python to keep no bytecode: then every process that a test starts compiles all its libraries anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo node test lint format bench samples clean
help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.ready .venv-agent/.ready ## both environments, made anew when pyproject.toml changes

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet uv

.venv/.ready: pyproject.toml | $(UV)
	$(UV) venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" .venv
	VIRTUAL_ENV=.venv $(UV) pip install --quiet --editable '.[brotli]' --group check --group samples --group servers --group bench
	touch $@

.venv-agent/.ready: pyproject.toml | $(UV)
	$(UV) venv --quiet --allow-existing --python "$(AGENT_PYTHON)" .venv-agent
	VIRTUAL_ENV=.venv-agent $(UV) pip install --quiet --editable '.[capture,brotli]' --group check --group agent-tests --group servers
	touch $@

demo: setup ## real traffic to a real service becomes a suite that passes without it, and fails when it breaks
	@.venv/bin/python -m samples.demo

TICKETS := build/tickets/node_modules/.package-lock.json
$(TICKETS): samples/tickets/package.json samples/tickets/package-lock.json samples/tickets/.npmrc
	mkdir -p build/tickets && cp $^ build/tickets && cd build/tickets && npm ci --silent --no-audit --no-fund

node: ## the libraries of the sample in JavaScript, where there is npm
	@if command -v npm >/dev/null; then $(MAKE) --silent $(TICKETS); fi || echo "npm could not install them: its test is skipped" >&2

test: setup node ## every test, in the environment it belongs to
	.venv-agent/bin/python -m pytest -n 2 -m agent
	.venv/bin/python -m pytest -n 2 -m "not agent"

lint: setup ## ruff, mypy --strict, import-linter
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: setup ## lay the code out
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

bench: setup ## JSON lines on standard output; ONLY=group for one group
	@.venv/bin/python -m benchmarks $(ONLY)

samples: setup ## record the sample services again and make their committed suites anew
	@.venv/bin/python -m samples.regenerate

clean: ## away with everything that can be made again
	rm -rf .venv .venv-agent .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
