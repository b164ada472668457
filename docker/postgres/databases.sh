#!/bin/sh
# Run once by the Postgres image on an empty volume: a role and a database each for Airflow and for Metabase's own books.
# hadir's own roles and database come from 'hadir migrate'.
set -eu
secrets=${SECRETS_DIR:-/run/secrets}
for pair in hadir_airflow:airflow:pg_airflow hadir_metabase_app:metabase:pg_metabase_app; do
    role=${pair%%:*}
    rest=${pair#*:}
    psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        --set role="$role" --set database="${rest%%:*}" --set password="$(cat "$secrets/${rest#*:}")" <<'SQL'
create role :"role" login password :'password';
create database :"database" owner :"role";
SQL
done
