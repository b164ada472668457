-- What the city tells the system (site folder). Valid time stands in the columns, known time in
-- load_from/load_to: a row is known from load load_from until load load_to (null = still known).
-- Nothing is ever deleted here, so each past state of knowledge can be rebuilt.

create table reference.loads (
    load_id bigint generated always as identity primary key,
    loaded_at timestamptz not null,
    folder text not null,
    files jsonb not null,            -- {"employees.csv": sha256, ...}
    loaded_count integer not null,   -- rows that changed
    refused_count integer not null
);

create table reference.load_refusals (
    load_id bigint not null references reference.loads,
    file text not null,
    line integer not null,
    column_name text not null,
    reason text not null,
    remedy text not null
);

create table reference.opd (
    opd_code text collate "C" not null,
    name text not null,
    timezone text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (opd_code, load_from)
);

create table reference.employees (
    employee_id text collate "C" not null,
    name text not null,
    kind text not null check (kind in ('PNS', 'PPPK', 'honorer')),
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (employee_id, load_from)
);

create table reference.identifiers (
    employee_id text collate "C" not null,
    kind text not null check (kind in ('nip', 'nik')),
    value text collate "C" not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (employee_id, kind, valid_from, load_from)
);

create table reference.postings (
    employee_id text collate "C" not null,
    opd_code text collate "C" not null,
    group_code text collate "C",
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (employee_id, valid_from, load_from)
);

-- One row per stay of a terminal in an office.
create table reference.terminals (
    terminal_serial text collate "C" not null,
    label text not null,
    opd_code text collate "C" not null,
    driver text not null check (driver in ('zk', 'usb_file')),
    address text,
    comm_key_name text,
    installed_on date not null,
    removed_on date check (removed_on > installed_on),
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (terminal_serial, installed_on, load_from)
);

-- scope 'terminal' beats scope 'opd'; an office's pins hold at the terminals that stand there on that day.
create table reference.pins (
    scope text not null check (scope in ('terminal', 'opd')),
    scope_code text collate "C" not null,
    pin text collate "C" not null,
    employee_id text collate "C" not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (scope, scope_code, pin, valid_from, load_from)
);

-- A schedule is a cycle of cycle_days days that begins on cycle_start with day_no 1 (a week: 7, on a Monday).
-- end_time <= start_time means: ends on the next day. A schedule without rows for a day has that day off.
create table reference.schedules (
    schedule_code text collate "C" not null,
    name text not null,
    cycle_start date not null,
    cycle_days integer not null check (cycle_days between 1 and 366),
    day_no integer not null check (day_no between 1 and 366),
    shift_no integer not null check (shift_no between 1 and 9),
    start_time time not null,
    end_time time not null,
    works_on_holidays boolean not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    legal_basis text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (schedule_code, day_no, shift_no, valid_from, load_from),
    check (day_no <= cycle_days)
);

-- employee beats group beats opd.
create table reference.shift_assignments (
    scope text not null check (scope in ('employee', 'group', 'opd')),
    scope_code text collate "C" not null,
    schedule_code text collate "C" not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (scope, scope_code, valid_from, load_from)
);

create table reference.holidays (
    holiday_date date not null,
    name text not null,
    kind text not null check (kind in ('libur_nasional', 'cuti_bersama', 'libur_daerah')),
    legal_basis text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (holiday_date, load_from)
);

-- date_to is inclusive. side: full day, or only the coming (masuk) or the going (pulang).
create table reference.excuses (
    excuse_id text collate "C" not null,
    employee_id text collate "C" not null,
    kind text not null,
    date_from date not null,
    date_to date not null check (date_to >= date_from),
    side text not null check (side in ('full', 'masuk', 'pulang')),
    letter_no text,
    decision text not null check (decision in ('approved', 'pending', 'refused')),
    decided_on date,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (excuse_id, load_from)
);

create table reference.manual_attendance (
    employee_id text collate "C" not null,
    work_date date not null,
    time_in time,
    time_out time,
    signer text not null,
    letter_no text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (employee_id, work_date, load_from)
);

-- opd_code null = the whole city. attendance_by says what the roll is read from.
create table reference.events (
    event_id text collate "C" not null,
    kind text not null,
    name text not null,
    event_date date not null,
    opd_code text collate "C",
    starts_at time not null,
    window_from time not null,
    window_to time not null check (window_to > window_from),
    terminal_serial text collate "C",
    attendance_by text not null check (attendance_by in ('terminal', 'daftar_hadir')),
    legal_basis text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (event_id, load_from)
);

create table reference.event_attendance (
    event_id text collate "C" not null,
    employee_id text collate "C" not null,
    is_present boolean not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (event_id, employee_id, load_from)
);

create table reference.outages (
    terminal_serial text collate "C" not null,
    from_at_local timestamp not null,
    to_at_local timestamp not null check (to_at_local > from_at_local),
    letter_no text not null,
    list_complete boolean not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (terminal_serial, from_at_local, load_from)
);

create table reference.tpp (
    employee_id text collate "C" not null,
    base_idr numeric(14, 2) not null check (base_idr >= 0),
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (employee_id, valid_from, load_from)
);
