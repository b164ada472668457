-- What the office tells of single days beside the punches, and who is exempt of what.

-- Left the office in working hours without leave: two times or minutes.
create table reference.midday_absences (
    employee_id text collate "C" not null,
    work_date date not null,
    from_time time,
    to_time time check (to_time > from_time),
    minutes integer check (minutes > 0),
    letter_no text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (employee_id, work_date, load_from),
    check (minutes is not null or (from_time is not null and to_time is not null))
);

-- A leader's recorded punishment takes the place of what the day would cost.
create table reference.day_overrides (
    employee_id text collate "C" not null,
    work_date date not null,
    kind text not null check (kind = 'HUKUMAN'),
    pct numeric(6, 2) not null check (pct between 0 and 100),
    decided_by text not null,
    letter_no text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (employee_id, work_date, load_from)
);

-- activity presensi: of everything.
create table reference.exemptions (
    scope text not null check (scope in ('employee', 'group')),
    scope_code text collate "C" not null,
    activity text not null check (activity in ('apel', 'upacara', 'phbi', 'phbn', 'presensi')),
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    letter_no text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (scope, scope_code, activity, valid_from, load_from)
);

-- A request that nobody answers expires by its age.
alter table reference.excuses add column requested_on date;
