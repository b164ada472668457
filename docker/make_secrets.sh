#!/bin/sh
# Writes the secrets that the services need into a folder, once: what is there stays. Usage: sh make_secrets.sh [FOLDER]
# The folder is for the owner only; a file in it may be read by others, because the account inside Postgres' image is not ours.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 0700 "$folder"

random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
keep() {
    if [ ! -s "$folder/$1" ]; then
        printf '%s' "$2" > "$folder/$1.draft"
        chmod 0644 "$folder/$1.draft"
        mv "$folder/$1.draft" "$folder/$1"
    fi
}

for name in pg_superuser pg_airflow pg_metabase_app pg_loader pg_check pg_dbt pg_admin pg_biometrics pg_metabase \
    pg_auditor pg_push redis airflow_secret_key airflow_user_bkpp airflow_user_sekda airflow_user_auditor; do
    keep "$name" "$(random 24)"
done
keep airflow_jwt_secret "$(random 64)"
keep airflow_fernet_key "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')"
keep metabase_user "bkpp@cilegon.invalid"
keep metabase_password "$(random 16)-Aa1"
keep airflow_database_url "postgresql+psycopg2://hadir_airflow:$(cat "$folder/pg_airflow")@postgres:5432/airflow"
keep airflow_broker_url "redis://:$(cat "$folder/redis")@redis:6379/0"
keep airflow_result_backend "db+postgresql+psycopg2://hadir_airflow:$(cat "$folder/pg_airflow")@postgres:5432/airflow"

# Inside the image the services run as uid 10001, which must read the folder and may add keys to it.
if [ "$(id -u)" -eq 0 ]; then
    chown -R 10001:10001 "$folder"
fi
echo "Rahasia ada di $folder"
