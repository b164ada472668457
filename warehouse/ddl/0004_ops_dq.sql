-- The machine's own books: what is to be rebuilt, what was built from what.

create table ops.touched (
    employee_id text collate "C" not null,
    work_date date not null,
    cause text not null check (cause in ('landing', 'coverage', 'site', 'gate', 'decision', 'calendar', 'rules')),
    touched_at timestamptz not null default now()
);

create table ops.builds (
    build_id bigint generated always as identity primary key,
    started_at timestamptz not null,
    finished_at timestamptz,
    state text not null check (state in ('running', 'succeeded', 'failed')),
    is_full boolean not null,
    as_of timestamptz not null,
    load_id bigint not null references reference.loads,
    rules_sha256 text not null,
    day_count integer not null
);

-- The person-days that a build must make anew.
create table ops.build_days (
    build_id bigint not null references ops.builds,
    employee_id text collate "C" not null,
    work_date date not null,
    primary key (build_id, employee_id, work_date)
);

-- Which build saw a pull first. Staging reads the punches of these pulls only, so a landing during a build waits for the next.
create table ops.build_pulls (
    pull_id bigint primary key references raw.pulls,
    build_id bigint not null references ops.builds
);

create view ops.current_build as
select * from ops.builds
order by build_id desc limit 1;

-- Whose an unknown PIN is: employee_id null says 'nobody of ours'.
create table ops.pin_decisions (
    terminal_serial text collate "C" not null,
    pin text collate "C" not null,
    employee_id text collate "C",
    decided_by text not null,
    letter_no text not null,
    decided_at timestamptz not null,
    primary key (terminal_serial, pin)
);

-- Punches that a check holds back. Open while resolved_at is null; raw is not changed by it.
create table dq.quarantine (
    terminal_serial text collate "C" not null,
    pin text collate "C" not null,
    punched_at_local timestamp not null,
    check_code text not null,
    pull_id bigint not null references raw.pulls,
    opened_at timestamptz not null,
    resolved_at timestamptz,
    primary key (terminal_serial, pin, punched_at_local, check_code, opened_at)
);
create unique index quarantine_open_once on dq.quarantine (
    terminal_serial, pin, punched_at_local, check_code
) where resolved_at is null;

create table dq.check_runs (
    run_id bigint generated always as identity primary key,
    ran_at timestamptz not null,
    as_of timestamptz not null,
    checked_through_pull bigint not null,
    quarantined_count integer not null,
    released_count integer not null,
    warnings jsonb not null
);

create table dq.check_results (
    run_id bigint not null references dq.check_runs,
    check_code text not null,
    severity text not null check (severity in ('quarantine', 'stop', 'warn')),
    is_success boolean not null,
    unexpected_count integer not null,
    details jsonb not null,
    primary key (run_id, check_code)
);
-- Which pulls the gate has seen, by id and not by a watermark: commits are not ordered.
create table dq.checked_pulls (
    pull_id bigint primary key references raw.pulls,
    run_id bigint not null references dq.check_runs
);
