# hadir: each target works first, on a fresh clone, in any order. 'make help' lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo up test test-witness chaos fuzz mutants lint bench docs clean
# Without byte code each Airflow and dbt process would lose two seconds at its start.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

.venv/ready: pyproject.toml uv.lock local/setup.sh
	@sh local/setup.sh

setup: .venv/ready ## the environment and the database, ready
	@.venv/bin/hadir migrate

demo: setup ## a small Kota Cilegon goes through the whole machine, to var/pages/index.html
	@.venv/bin/hadir demo

up: setup ## the same, live: stays running until Ctrl-C
	@.venv/bin/hadir up

test: .venv/ready ## all that needs Python only
	@.venv/bin/pytest -n 2 --no-loadscope-reorder -m "not witness and not chaos and not mutants"

test-witness: .venv/ready ## what needs a browser, Node or Redis; brings them by package managers
	@sh tests/witness/bring.sh
	@PATH="$(CURDIR)/var/witness-runtime/bin:$$PATH" .venv/bin/pytest -m witness

chaos: .venv/ready ## kill -9 of the puller, the push receiver, dbt and Postgres at random moments
	@.venv/bin/pytest -m chaos

fuzz: .venv/ready ## each decoder against bytes that look for new paths, 60 s each (FUZZ_SECONDS, FUZZ_TARGETS)
	@sh tests/fuzz/run.sh

mutants: .venv/ready ## planted changes of the law and the SQL, each found by an example
	@.venv/bin/pytest -m mutants

lint: .venv/ready ## ruff, mypy, import-linter, sqlfluff, dbt-bouncer
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/sqlfluff lint --disable-progress-bar dbt_project dashboards warehouse/ddl
	@sh dbt_project/lint.sh

bench: .venv/ready ## ratios against peers and limits, side by side in one run
	@.venv/bin/python -m benchmarks

docs: setup ## dbt docs for auditors as one file, var/docs/index.html
	@.venv/bin/hadir docs

clean: ## stops what runs and removes what runs wrote
	@if [ -x .venv/bin/hadir ]; then .venv/bin/hadir stop --remove; fi
	@rm -rf var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
