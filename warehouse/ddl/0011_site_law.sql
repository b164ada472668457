-- The city's own law (site folder, regulation/): the same columns as the seeds of the built-in law, each row a version
-- like those of 0002_reference.sql. A regulation_code in law_regulations takes the place of the built-in one as a whole.

create table reference.law_regulations (
    regulation_code text not null,
    short_name text not null,
    title text not null,
    region text not null,
    level text not null,
    is_text_seen boolean not null,
    evidence text not null,
    source text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (regulation_code, load_from)
);

create table reference.law_regulation_applications (
    regulation_code text not null,
    purpose text not null,
    opd_code text,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    unique nulls not distinct (regulation_code, purpose, opd_code, valid_from, load_from)
);

create table reference.law_covered_persons (
    rule_code text not null,
    regulation_code text not null,
    employee_kind text not null,
    is_only_with_tpp boolean not null,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_exempt_groups (
    rule_code text not null,
    regulation_code text not null,
    group_code text not null,
    activity text,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_special_dates (
    rule_code text not null,
    regulation_code text not null,
    special_day text not null,
    special_date date not null,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_allowance_bases (
    rule_code text not null,
    regulation_code text not null,
    base_name text not null,
    share_pct numeric(6, 2),
    is_default boolean not null,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_day_measures (
    rule_code text not null,
    regulation_code text not null,
    rounding text not null,
    block_minutes integer,
    grace_seconds integer not null,
    grace_minutes integer,
    grace_measured_from text,
    makeup_minutes integer,
    free_late_count integer,
    flexi_early_minutes integer,
    flexi_late_minutes integer,
    early_by text not null,
    net_minutes integer,
    break_minutes integer,
    friday_break_minutes integer,
    in_earliest time,
    in_latest time,
    out_earliest time,
    out_latest time,
    in_pairing text not null,
    out_pairing text not null,
    quorum_share_pct numeric(6, 2),
    request_expiry_days integer,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_minute_bands (
    rule_code text not null,
    regulation_code text not null,
    matter text not null,
    special_day text,
    code text not null,
    from_minute integer,
    to_minute integer,
    from_time time,
    to_time time,
    priced_by text not null,
    pct numeric(6, 2),
    pct_low numeric(6, 2),
    pct_high numeric(6, 2),
    amount_idr numeric(14, 2),
    base_name text,
    minutes_per_day integer,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_day_matters (
    rule_code text not null,
    regulation_code text not null,
    matter text not null,
    special_day text,
    code text not null,
    as_minutes integer,
    priced_by text not null,
    pct numeric(6, 2),
    pct_low numeric(6, 2),
    pct_high numeric(6, 2),
    amount_idr numeric(14, 2),
    share_pct numeric(6, 2),
    base_name text,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_event_rules (
    rule_code text not null,
    regulation_code text not null,
    event_kind text not null,
    special_day text,
    code text not null,
    priced_by text not null,
    pct numeric(6, 2),
    amount_idr numeric(14, 2),
    base_name text,
    decided_by text not null,
    is_on_holidays boolean not null,
    is_late_missed boolean not null,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_excuse_kinds (
    excuse_kind text not null,
    status text,
    treat_as text not null,
    label text not null,
    needs_letter boolean not null,
    evidence text not null,
    legal_basis text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (excuse_kind, load_from)
);

create table reference.law_excuse_rules (
    rule_code text not null,
    regulation_code text not null,
    excuse_kind text not null,
    part_no integer not null,
    code text not null,
    treat_as text not null,
    priced_by text not null,
    pct numeric(6, 2),
    share_pct numeric(6, 2),
    base_name text,
    free_days_month integer,
    spell_from_day integer,
    spell_to_day integer,
    spell_unit text,
    tier_mode text,
    leave_month_from integer,
    leave_month_to integer,
    paid_pct numeric(6, 2),
    needs_letter boolean not null,
    pct_low numeric(6, 2),
    pct_high numeric(6, 2),
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_combining_policies (
    rule_code text not null,
    regulation_code text not null,
    combine_mode text not null,
    daily_cap_pct numeric(6, 2),
    monthly_cap_pct numeric(6, 2),
    alpa_absorbs_events boolean not null,
    drift_ignored_s integer not null,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_combination_matrix (
    rule_code text not null,
    regulation_code text not null,
    row_code text not null,
    column_code text not null,
    pct numeric(6, 2),
    pct_low numeric(6, 2),
    pct_high numeric(6, 2),
    base_name text,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_counters (
    counter text not null,
    matter text,
    code text,
    excuse_kind text,
    unit text not null,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (counter, load_from)
);

create table reference.law_month_triggers (
    rule_code text not null,
    regulation_code text not null,
    counter text not null,
    at_least integer not null,
    at_most integer,
    effect text not null,
    base_name text,
    pct numeric(6, 2),
    sanction text,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_discipline_rules (
    rule_code text not null,
    regulation_code text not null,
    convert_minutes integer,
    carry_remainder boolean not null,
    counts_late boolean not null,
    counts_early boolean not null,
    applies_to text not null,
    act_within_days integer,
    summon_basis text,
    neglect_basis text,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_discipline_ladder (
    rule_code text not null,
    regulation_code text not null,
    kind text not null,
    at_least integer not null,
    at_most integer,
    level text not null,
    sanction text not null,
    pct numeric(6, 2),
    months integer,
    is_salary_stopped boolean not null,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_discipline_cuts (
    rule_code text not null,
    regulation_code text not null,
    sanction text not null,
    pct numeric(6, 2),
    months integer,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_reward_rules (
    rule_code text not null,
    regulation_code text not null,
    reward text not null,
    counter text not null,
    at_most integer,
    min_workdays integer,
    excludes text,
    ties text,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_working_hours (
    rule_code text not null,
    regulation_code text not null,
    schedule_code text not null,
    day_group text not null,
    start_time time not null,
    end_time time not null,
    break_minutes integer,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_working_weeks (
    rule_code text not null,
    regulation_code text not null,
    schedule_code text not null,
    claimed_week_minutes integer,
    counted_by text not null,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

create table reference.law_holiday_calendars (
    rule_code text not null,
    regulation_code text not null,
    decree text not null,
    published_on date,
    holiday_date date not null,
    name text not null,
    kind text not null,
    rule_status text not null,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    evidence text not null,
    legal_basis text not null,
    note text,
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (rule_code, valid_from, load_from)
);

-- Which built-in regulations give way, and from which load to which.
create view reference.law_replaced as
select
    regulation_code,
    load_from,
    load_to
from reference.law_regulations;
