-- Who may do what. Applied at each migration; a role reads and writes what its work needs and no more.

create schema if not exists staging authorization hadir_dbt;
create schema if not exists intermediate authorization hadir_dbt;
create schema if not exists marts authorization hadir_dbt;
create schema if not exists qc authorization hadir_dbt;

grant usage on schema raw, reference, ops, dq to hadir_loader, hadir_check, hadir_dbt, hadir_admin, hadir_auditor;
grant select on all tables in schema raw, reference, ops, dq
to hadir_loader, hadir_check, hadir_dbt, hadir_admin, hadir_auditor;

grant insert on raw.pulls, raw.punches, raw.rejects, ops.touched to hadir_loader;
grant usage on sequence raw.pulls_pull_id_seq to hadir_loader; -- punches name their pull before its row is written
grant insert on reference.loads, reference.load_refusals to hadir_loader;
grant insert, update (load_to) on reference.opd, reference.employees, reference.identifiers, reference.postings,
reference.terminals, reference.pins, reference.schedules, reference.shift_assignments, reference.holidays,
reference.excuses, reference.manual_attendance, reference.events, reference.event_attendance, reference.outages,
reference.tpp to hadir_loader;
revoke execute on function raw.ensure_punch_month(date) from public;
grant execute on function raw.ensure_punch_month(date) to hadir_loader;

grant insert on ops.touched, dq.check_runs, dq.check_results, dq.checked_pulls to hadir_check;
grant insert, update (resolved_at) on dq.quarantine to hadir_check;
grant insert, delete, truncate on dq.batch_pulls, dq.batch_punches to hadir_check;

grant insert, delete on ops.touched to hadir_dbt;
grant insert, update on ops.builds to hadir_dbt;
grant insert, delete on ops.build_days to hadir_dbt;
grant insert on ops.build_pulls to hadir_dbt;
grant create on schema reference to hadir_dbt; -- the seeds

grant insert on ops.pin_decisions, ops.touched to hadir_admin;

grant usage on schema marts to hadir_metabase;
grant usage on schema staging, intermediate, marts, qc, audit to hadir_auditor;
grant select on all tables in schema marts to hadir_metabase, hadir_auditor;
grant select on all tables in schema staging, intermediate, qc, audit to hadir_auditor;
alter default privileges for role hadir_dbt in schema marts grant select on tables to hadir_metabase, hadir_auditor;
alter default privileges for role hadir_dbt in schema staging, intermediate, qc, reference
grant select on tables to hadir_auditor;

alter role hadir_metabase set default_transaction_read_only = on;
alter role hadir_auditor set default_transaction_read_only = on;

-- Faces: the loader brings photos in, hadir_biometrics compares them and lets them go, the marts see outcomes. Nobody
-- else reads either.
revoke all on raw.photos from hadir_check, hadir_dbt, hadir_admin, hadir_auditor;
grant insert on raw.photos to hadir_loader;
grant usage on schema raw, reference, ops, biometrics to hadir_biometrics;
grant select on all tables in schema reference, biometrics to hadir_biometrics;
grant select, update (key_id), delete on raw.photos to hadir_biometrics;
grant insert, update, delete on biometrics.consents, biometrics.templates, biometrics.forgotten to hadir_biometrics;
grant insert, delete on biometrics.verifications to hadir_biometrics;
grant insert on biometrics.photo_views to hadir_biometrics;
grant insert on ops.touched to hadir_biometrics;
grant usage on schema biometrics to hadir_dbt;
grant select on biometrics.outcomes to hadir_dbt;

-- What stands in Metabase: noted by who applies the dashboards.
grant insert, update, delete on ops.metabase_objects to hadir_admin;

-- Decisions of people: one role writes them, and reads what they are about.
grant insert on ops.approvals, ops.month_states, ops.closed_months, ops.closed_cuts to hadir_admin;
grant usage on sequence ops.month_states_transition_id_seq to hadir_admin; -- frozen rows name their lock before it
grant update (employee_id, decided_by, letter_no, decided_at) on ops.pin_decisions to hadir_admin; -- the last one holds
grant insert, update (load_to) on reference.deciders to hadir_loader;
grant usage on schema marts to hadir_admin;
grant select on all tables in schema marts to hadir_admin;
alter default privileges for role hadir_dbt in schema marts grant select on tables to hadir_admin;

-- The push receiver: lands what a terminal posts, and knows no more than where the terminal stands and whose day a
-- punch touches. It reads no punch's neighbours, no decision, no check.
grant usage on schema raw, reference, ops to hadir_push;
grant select on reference.terminals, reference.opd, reference.pins to hadir_push;
grant select on raw.pulls to hadir_push;
grant select (terminal_serial, pin, punched_at_local, pull_id) on raw.punches to hadir_push; -- whose day it is
grant select (terminal_serial, sha256) on raw.photos to hadir_push; -- which are here
grant insert on raw.pulls, raw.punches, raw.rejects, raw.photos, raw.oplog, ops.touched to hadir_push;
grant usage on sequence raw.pulls_pull_id_seq to hadir_push;
grant execute on function raw.ensure_punch_month(date) to hadir_push;
grant select, insert, update on ops.push_terminals, ops.push_queries, ops.push_strangers to hadir_push;
grant insert, update on ops.push_queries to hadir_loader; -- a period asked for by hand
grant insert, update, delete on ops.circuits to hadir_loader;

-- What the office tells of single days.
grant insert, update (load_to) on reference.midday_absences, reference.day_overrides, reference.exemptions
to hadir_loader;

-- Counts taken over with a letter.
grant insert, update (load_to) on reference.stated_counters to hadir_loader;

-- The city's own law.
grant insert, update (load_to) on reference.law_regulations, reference.law_regulation_applications,
reference.law_covered_persons,
reference.law_exempt_groups, reference.law_special_dates, reference.law_allowance_bases,
reference.law_day_measures, reference.law_minute_bands, reference.law_day_matters, reference.law_event_rules,
reference.law_excuse_kinds, reference.law_excuse_rules, reference.law_combining_policies,
reference.law_combination_matrix, reference.law_counters, reference.law_month_triggers,
reference.law_discipline_rules, reference.law_discipline_ladder, reference.law_discipline_cuts,
reference.law_reward_rules, reference.law_working_hours, reference.law_schedule_applications,
reference.law_working_weeks, reference.law_holiday_calendars to hadir_loader;

-- What is paid later than the month that it belongs to.
grant insert on ops.closed_susulan to hadir_admin;

-- Corrections and objections: one role writes them.
grant insert on ops.corrections, ops.objections, ops.objection_answers to hadir_admin;

-- ZK terminals: where the last read ended, whose uid is whose, clocks that people set.
grant insert on raw.log_marks, raw.uid_pins, raw.oplog_reads, ops.clock_settings to hadir_loader;

grant insert on raw.brought_files, raw.terminal_users, raw.terminal_sightings, raw.oplog to hadir_loader;

-- Wrong clocks: people decide, the marts read.
grant insert on ops.clock_decisions, ops.adopted_punches to hadir_admin;
