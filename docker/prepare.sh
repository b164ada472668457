#!/bin/sh
# One-shot before the services: the warehouse's tables, Airflow's tables, its pools and its named users. Runs again without change.
set -eu
secrets=$HADIR_SECRETS_FOLDER
hadir migrate
airflow db migrate
airflow pools set warehouse_build 1 "satu pembangunan pada satu waktu" > /dev/null
for pair in bkpp:Admin sekda:Op auditor:Viewer; do
    user=${pair%%:*}
    if ! airflow users list --output plain | awk '{print $2}' | grep -qx "$user"; then
        airflow users create --username "$user" --role "${pair#*:}" --firstname "$user" --lastname hadir \
            --email "$user@cilegon.invalid" --password "$(cat "$secrets/airflow_user_$user")" > /dev/null
    fi
done
echo "Siap."
