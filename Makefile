# Platewire: every command a developer or operator types. `make` lists them.
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PORT ?= 8080
DATA ?= data
COMPOSE := docker compose

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}'

# --- install: locked by hash; cv2 comes last because two wheels write it (docs/decisions/0003) ---
.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "On Debian and Ubuntu: apt install python3-venv"; rm -rf .venv; exit 1; }

.venv/.run: requirements/all.lock requirements/opencv.lock pyproject.toml | .venv/bin/python
	@echo "Installing into .venv (about 800 MB, a few minutes the first time)"
	@$(PIP) install -q --require-hashes -r requirements/all.lock
	@$(PIP) install -q --force-reinstall --no-deps --require-hashes -r requirements/opencv.lock
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements/dev.lock .venv/.run
	@$(PIP) install -q --require-hashes -r requirements/dev.lock
	@$(PIP) install -q --force-reinstall --no-deps --require-hashes -r requirements/opencv.lock
	@touch $@

.PHONY: install
install: .venv/.run ## Install what a site needs into .venv

.PHONY: dev
dev: .venv/.dev ## Install what development needs too

# --- run ---
.PHONY: run
run: .venv/.run ## Run the whole site with the demo camera on http://127.0.0.1:8080 (PORT=, DATA=)
	@$(BIN)/platewire up --demo --port $(PORT) --data-dir $(DATA)

# --- check and test ---
.PHONY: check
check: .venv/.dev ## Lint, types, import contracts, sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: test
test: .venv/.dev ## All tests, with real PostgreSQL and Valkey
	$(BIN)/pytest

.PHONY: test-compose
test-compose: .venv/.dev .env ## The tests that need Docker: the real compose file, scaled and killed
	PLATEWIRE_TEST_COMPOSE=1 $(BIN)/pytest tests/compose

.PHONY: unit
unit: .venv/.dev ## The tests without servers
	$(BIN)/pytest tests/unit

.PHONY: fmt
fmt: .venv/.dev ## Format and repair what can be repaired
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: .venv/.dev ## Time recognition per picture and stage
	$(BIN)/python -m benchmarks.recognition

.PHONY: lock
lock: .venv/.dev ## Pin all dependencies anew, with hashes
	requirements/lock

# --- Docker Compose ---
.PHONY: env
env: .env ## Write .env with random secrets

.env:
	@umask 077 && { \
	  secret() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }; \
	  echo "POSTGRES_PASSWORD=$$(secret)"; \
	  echo "VALKEY_PASSWORD=$$(secret)"; \
	  echo "PLATEWIRE_SECRET_KEY=$$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')"; \
	  echo "PLATEWIRE_ADMIN_PASSWORD=$$(secret | cut -c1-20)"; \
	} > .env
	@echo "Wrote .env. Sign in as admin with the password in PLATEWIRE_ADMIN_PASSWORD there."

.PHONY: up
up: .env ## Build the images, start the containers, wait until all are healthy
	$(COMPOSE) build
	$(COMPOSE) up -d --wait --wait-timeout 300
	@echo "Platewire is ready: http://127.0.0.1:8080"

.PHONY: up-gpu
up-gpu: COMPOSE := docker compose -f docker-compose.yml -f docker-compose.gpu.yml
up-gpu: up ## The same with recognition on an NVIDIA GPU

.PHONY: down
down: ## Stop the containers; the data stays
	$(COMPOSE) down

.PHONY: logs
logs: ## Follow the containers' logs
	$(COMPOSE) logs -f --tail 100

.PHONY: clean
clean: ## Take away .venv and caches; data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
