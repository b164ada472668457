#!/bin/sh
# Parses the project (no database) and checks its conventions. Run from the top of the clone.
set -eu
export DO_NOT_TRACK=1 HADIR_DBT_HOST=none HADIR_DBT_PORT=1 HADIR_DBT_DATABASE=none DBT_ENV_SECRET_PASSWORD=none
mkdir -p var/dbt/lint
.venv/bin/dbt --quiet --log-path var/dbt/lint parse --project-dir dbt_project --profiles-dir dbt_project --target-path ../var/dbt/lint
.venv/bin/dbt-bouncer --config-file dbt_project/dbt-bouncer.yml
