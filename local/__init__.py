"""One machine: Airflow's processes, the simulated city and the page, started, watched and stopped together."""
