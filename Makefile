# Bare `make` lists the verbs. `make demo` and `make test` set themselves up.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SPARK := .venv/.spark
export OMP_WAIT_POLICY := passive
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true

.DEFAULT_GOAL := help
.PHONY: help demo test check bench bench-history bench-grid bench-quality bench-thresholds bench-quarters bench-scorer prove ui report clean test-unit test-spec test-property test-stages test-end_to_end test-docs test-architecture

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z_-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## set up, simulate a CRM, run the pipeline, show where things stand
	@$(BIN)/python scripts/demo.py

test: $(READY) $(SPARK) ## set up and run every test (those of Spark where Java is)
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(READY) ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python scripts/feature_docs.py --check
	$(BIN)/python scripts/demographics_docs.py --check

bench: $(READY) ## figures on the real data sets (LEADSCORE_REAL_DATA, default ../shared/data)
	$(BIN)/python benchmarks/real_sets.py

bench-history: $(READY) ## cost of features: 1 M leads, 51 M events, beside DuckDB, Polars, pandas; 1.8 GB of disk
	@UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv sync --frozen --inexact --quiet --group bench
	$(BIN)/python -m benchmarks.history_speed

bench-thresholds: $(READY) ## thresholds over quarters whose chances are known: regret, reversals, churn of ours and of the usual ways
	$(BIN)/python -m benchmarks.thresholds

bench-quarters: $(READY) ## thresholds over the quarters of the demo, a market like it, and the bank; 15 min
	$(BIN)/python -m benchmarks.quarters

bench-scorer: $(READY) ## a night of a million leads with exact reasons, beside LightGBM and shap; 3 GB of disk, 10 min
	$(BIN)/python -m benchmarks.scorer $(if $(SIZES),--sizes $(SIZES))

bench-grid: $(READY) ## the manual grid: learned points, half-lives against the truth, cost of eight rules
	$(BIN)/python -m benchmarks.grid_page

bench-quality: $(READY) ## the model beside its peers: splits, few wins, month by month; 40 min (ONLY=part, RESUME=1)
	@UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv sync --frozen --inexact --quiet --group bench || \
	  echo "bench: CatBoost and FLAML could not be installed; the page will say so" >&2
	$(BIN)/python -m benchmarks.quality $(if $(ONLY),--only $(ONLY)) $(if $(RESUME),--resume)

prove: $(READY) $(SPARK) ## slow proofs: the same floats on 10,000 leads; MLflow killed at 20 points; 5,000 damages; 200 kills of a night; the demo against its truth
	$(BIN)/python -m benchmarks.same_floats
	$(BIN)/python -m benchmarks.registry_kills
	$(BIN)/python -m benchmarks.corruptions
	$(BIN)/python -m benchmarks.score_kills
	$(BIN)/python -m benchmarks.demo_truth

ui: $(READY) ## open MLflow on http://127.0.0.1:5000
	$(BIN)/mlflow ui --backend-store-uri sqlite:///$(CURDIR)/mlflow.db --host 127.0.0.1 --port 5000

report: $(READY) ## where things stand, in the terminal, and where the page is
	@$(BIN)/leadscore show

clean: ## delete what pipeline and demo wrote; keeps .venv, issued scores and champions of your own
	rm -rf data/raw/demo data/truth data/tables data/snapshots data/shadow data/marts models/bundle models/evidence reports/evaluation reports/review reports/quarters reports/search mlartifacts mlflow.db
	rm -rf config/champions/demo.yaml models/registry/demo

test-unit test-spec test-property test-stages test-end_to_end test-docs test-architecture: $(READY) $(SPARK)
	$(BIN)/python -m pytest -n 2 tests/$(@:test-%=%)

$(SPARK): $(READY)
	@if command -v java >/dev/null; then \
	  echo "setup: Java is here, installing PySpark for its tests (480 MB, once)"; \
	  UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv sync --frozen --inexact --quiet --extra spark; fi
	@touch $(SPARK)

$(READY): pyproject.toml uv.lock scripts/setup.sh
	@PYTHON=$(PYTHON) sh scripts/setup.sh
