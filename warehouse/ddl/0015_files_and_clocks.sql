-- Sticks and web servers as ways in; who brought what; what terminals call their users; wrong clocks and who decided.

alter table raw.pulls drop constraint pulls_channel_check;
alter table raw.pulls add constraint pulls_channel_check check (channel in ('zk', 'usb_file', 'push', 'solution'));
-- A web server has no counter; there the two readings of the log stand in its place.
alter table raw.pulls drop constraint pulls_agree_with_the_counter;
alter table raw.pulls add constraint pulls_agree_with_the_counter check (
    channel not in ('zk', 'solution') or outcome <> 'ok'
    or (
        counted_before is not null and counted_after is not null
        and known_prefix + offered - overlap between counted_before and counted_after
    )
);
alter table reference.terminals drop constraint terminals_driver_check;
alter table reference.terminals add constraint terminals_driver_check check (
    driver in ('zk', 'usb_file', 'adms', 'solution')
);

-- Who carried a file in, for which terminal; of refused ones too.
create table raw.brought_files (
    pull_id bigint primary key references raw.pulls,
    terminal_serial text collate "C" not null,
    file_name text not null,
    format text,                   -- null: no dialect that is known
    line_count integer,
    first_no bigint,               -- running numbers of the terminal, where the dialect has them
    last_no bigint,
    taken_at_local timestamp,      -- null: not said
    brought_by text not null,
    brought_at timestamptz not null
);
create index brought_files_by_terminal on raw.brought_files (terminal_serial, pull_id);
create trigger append_only before update or delete on raw.brought_files
for each row execute function raw.refuse_change();

-- What a terminal calls the owner of a PIN: a hint for those who map PINs, never a proof. No other field of its user
-- records is kept.
create table raw.terminal_users (
    terminal_serial text collate "C" not null,
    pin text collate "C" not null,
    user_name text not null,
    seen_at timestamptz not null,
    primary key (terminal_serial, pin, user_name)
);
create trigger append_only before update or delete on raw.terminal_users
for each row execute function raw.refuse_change();

-- Between which punches of its log a reject with a time stands: they bound when it was really made. Null: not known.
alter table raw.rejects add column before_local timestamp; -- the punch before it, else how far the log was known
alter table raw.rejects add column after_local timestamp;  -- the punch after it, else the end of the read

alter table reference.deciders drop constraint deciders_matter_check;
alter table reference.deciders add constraint deciders_matter_check check (
    matter in ('phbi_sanction', 'month_close', 'pin', 'correction', 'objection', 'clock')
);

-- Records that a terminal made while its clock was wrong: those between the same two punches whose time runs on. A
-- clock that was reset once more begins another run.
create view ops.clock_runs as
with wrong as (
    select
        rejects.*,
        coalesce(
            rejects.punched_at_local >= lag(rejects.punched_at_local) over in_log
            and rejects.before_local is not distinct from lag(rejects.before_local) over in_log
            and rejects.after_local is not distinct from lag(rejects.after_local) over in_log,
            false
        ) as goes_on
    from raw.rejects as rejects
    where
        rejects.reason in ('sebelum mesin dipasang', 'lebih dari sehari sesudah jam mesin')
        and rejects.punched_at_local is not null
        and rejects.pin is not null
    window in_log as (partition by rejects.terminal_serial, rejects.source order by rejects.ordinal)
),

numbered as (
    select
        wrong.*,
        count(*) filter (where not wrong.goes_on) over (
            partition by wrong.terminal_serial, wrong.source order by wrong.ordinal
        ) as run_no
    from wrong
)

select
    terminal_serial,
    source,
    min(ordinal) as first_ordinal,
    max(ordinal) as last_ordinal,
    count(*) as punch_count,
    count(distinct pin) as pin_count,
    min(punched_at_local) as first_shown_local,
    max(punched_at_local) as last_shown_local,
    before_local,
    after_local,
    min(landed_at) as landed_at
from numbered
group by terminal_serial, source, run_no, before_local, after_local;

-- What a person said of a run: adopt its punches with their time put right, or leave them out. A later decision on the
-- same run names the one that it replaces.
create table ops.clock_decisions (
    decision_id bigint generated always as identity primary key,
    terminal_serial text collate "C" not null,
    source text collate "C" not null,
    first_ordinal integer not null,
    last_ordinal integer not null check (last_ordinal >= first_ordinal),
    answer text not null check (answer in ('adopt', 'leave')),
    shift_s bigint,                        -- true time minus shown time
    decided_by text not null,
    role text not null,
    letter_no text not null check (btrim(letter_no) <> ''),
    decided_at timestamptz not null,
    supersedes bigint unique references ops.clock_decisions,
    check ((answer = 'adopt') = (shift_s is not null))
);
create trigger append_only before update or delete on ops.clock_decisions
for each row execute function ops.refuse_change();

-- Punches with the time that a person gave them. The reject that they come from stays in raw as it is.
create table ops.adopted_punches (
    decision_id bigint not null references ops.clock_decisions,
    terminal_serial text collate "C" not null,
    source text collate "C" not null,
    ordinal integer not null,
    pin text collate "C" not null,
    shown_at_local timestamp not null,
    punched_at_local timestamp not null,
    channel text not null,                 -- by which, and in which epoch, the record came
    epoch integer,
    pull_id bigint not null references raw.pulls,
    primary key (decision_id, ordinal)
);
create trigger append_only before update or delete on ops.adopted_punches
for each row execute function ops.refuse_change();

create view ops.current_clock_decisions as
select decisions.* from ops.clock_decisions as decisions
where
    not exists (
        select 1 from ops.clock_decisions as later
        where later.supersedes = decisions.decision_id
    );

create view ops.current_adopted_punches as
select adopted.* from ops.adopted_punches as adopted
where adopted.decision_id in (select decision_id from ops.current_clock_decisions);

-- Rejects that a decision has settled: of its run, and the same records that came in once more by another way.
create view ops.settled_rejects as
select
    rejects.terminal_serial,
    rejects.source,
    rejects.ordinal
from raw.rejects as rejects
where
    exists (
        select 1 from ops.current_clock_decisions as decisions
        where
            decisions.terminal_serial = rejects.terminal_serial
            and decisions.source = rejects.source
            and rejects.ordinal between decisions.first_ordinal and decisions.last_ordinal
    )
    or exists (
        select 1 from ops.current_adopted_punches as adopted
        where
            adopted.terminal_serial = rejects.terminal_serial
            and adopted.source <> rejects.source
            and adopted.pin = rejects.pin
            and adopted.shown_at_local = rejects.punched_at_local
    );

-- Another terminal than the registered one answered at an address: swapped, or its address given away.
create table raw.terminal_sightings (
    pull_id bigint primary key references raw.pulls,
    terminal_serial text collate "C" not null, -- registered at the address
    found_serial text not null,
    address text
);
create trigger append_only before update or delete on raw.terminal_sightings
for each row execute function raw.refuse_change();

-- The terminal's own book of its menu, by push or read from it.
create table if not exists raw.oplog (
    terminal_serial text collate "C" not null,
    happened_at_local timestamp not null,
    op_code integer not null,
    admin text not null,
    detail text not null,
    channel text not null,
    landed_at timestamptz not null,
    primary key (terminal_serial, happened_at_local, op_code, admin, detail)
);
alter table raw.oplog drop constraint if exists oplog_channel_check;
alter table raw.oplog add constraint oplog_channel_check check (channel in ('push', 'zk'));
create or replace trigger append_only before update or delete on raw.oplog
for each row execute function raw.refuse_change();

-- Runs that wait for a person.
create view ops.open_clock_runs as
select runs.* from ops.clock_runs as runs
where
    not exists (
        select 1 from ops.settled_rejects as settled
        where
            settled.terminal_serial = runs.terminal_serial
            and settled.source = runs.source
            and settled.ordinal = runs.first_ordinal
    );
