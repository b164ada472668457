-- What people put right, and what employees object to. Rows are only added; raw never changes by them.

alter table reference.deciders drop constraint deciders_matter_check;
alter table reference.deciders add constraint deciders_matter_check check (
    matter in ('phbi_sanction', 'month_close', 'pin', 'correction', 'objection')
);

-- What is known of an excuse besides: the hash of its paper, and until when it was to be decided.
alter table reference.excuses add column evidence_sha256 text check (evidence_sha256 ~ '^[0-9a-f]{64}$');
alter table reference.excuses add column deadline date;

-- A punch that was never recorded (coming, going), or a recorded one that is not this person's (disowned). A row with
-- `withdraws` takes an earlier one back and says nothing else.
create table ops.corrections (
    correction_id bigint generated always as identity primary key,
    employee_id text collate "C" not null,
    work_date date not null,
    what text not null check (what in ('time_in', 'time_out', 'disowned', 'withdrawn')),
    stated_time time,
    terminal_serial text collate "C",
    punched_at_local timestamp,
    withdraws bigint unique references ops.corrections,
    reason text not null check (btrim(reason) <> ''),
    decided_by text not null,
    role text not null,
    letter_no text not null check (btrim(letter_no) <> ''),
    decided_at timestamptz not null,
    constraint corrections_say_one_thing check (
        (what in ('time_in', 'time_out')) = (stated_time is not null)
        and (what = 'disowned') = (terminal_serial is not null)
        and (what = 'disowned') = (punched_at_local is not null)
        and (what = 'withdrawn') = (withdraws is not null)
    )
);
create index corrections_by_employee on ops.corrections (employee_id, work_date);
create trigger append_only before update or delete on ops.corrections
for each row execute function ops.refuse_change();

-- Those that hold: neither taken back nor a taking back.
create view ops.current_corrections as
select corrections.* from ops.corrections
where
    corrections.what <> 'withdrawn'
    and not exists (
        select 1 from ops.corrections as later
        where later.withdraws = corrections.correction_id
    );

-- Keberatan: against one cut (deduction_id), an event, a day or a whole month (work_date null).
create table ops.objections (
    objection_id bigint generated always as identity primary key,
    employee_id text collate "C" not null,
    month date not null check (extract(day from month) = 1),
    work_date date check (date_trunc('month', work_date::timestamp) = month),
    event_id text collate "C",
    deduction_id text collate "C",
    objection_text text not null check (btrim(objection_text) <> ''),
    filed_on date not null,
    letter_no text not null check (btrim(letter_no) <> ''),
    recorded_by text not null,
    recorded_at timestamptz not null,
    constraint objections_name_a_day check (coalesce(event_id, deduction_id) is null or work_date is not null)
);
create index objections_by_employee on ops.objections (employee_id, month);
create trigger append_only before update or delete on ops.objections
for each row execute function ops.refuse_change();

-- The answer, once.
create table ops.objection_answers (
    objection_id bigint primary key references ops.objections,
    answer text not null check (answer in ('DITERIMA', 'DITOLAK')),
    answer_text text not null check (btrim(answer_text) <> ''),
    decided_by text not null,
    role text not null,
    letter_no text not null check (btrim(letter_no) <> ''),
    decided_at timestamptz not null
);
create trigger append_only before update or delete on ops.objection_answers
for each row execute function ops.refuse_change();
