-- Which schedule of a regulation an office has, and when (site folder, regulation/schedule_applications): for those to whom
-- nobody assigns a schedule, or in place of another one on some days. Columns as in the seed.
create table reference.law_schedule_applications (
    rule_code text not null,
    regulation_code text not null,
    schedule_code text,
    opd_code text,
    replaces_code text,
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
