-- What the next pull of a ZK terminal needs to read on from where the last one ended. One row per complete pull.
create table raw.log_marks (
    pull_id bigint primary key references raw.pulls deferrable initially deferred,
    terminal_serial text collate "C" not null,
    layout text not null check (layout in ('zk8a', 'zk8b', 'zk16', 'zk40', 'zk49')),
    record_count integer not null check (record_count > 0),
    tail_sha256 text not null,         -- of the last 64 records, or of all when there are fewer
    reads_tail boolean,                -- whether the terminal gives a part of its log from any place; null: not asked
    full_read_at timestamptz not null, -- the last time that the whole log was read
    users_sha256 text                  -- evidence of the uid-PIN pairs of the same read (8-byte records alone)
);
create index log_marks_by_terminal on raw.log_marks (terminal_serial, pull_id);

-- Which PIN stood behind a terminal's user number (uid) when it was read: a row per change. What has landed stays.
create table raw.uid_pins (
    terminal_serial text collate "C" not null,
    uid integer not null,
    pin text collate "C" not null,
    pull_id bigint not null references raw.pulls deferrable initially deferred,
    primary key (terminal_serial, uid, pull_id)
);
create view raw.changed_uid_pins as
select
    terminal_serial,
    uid,
    pull_id,
    previous_pin,
    pin
from (
    select
        terminal_serial,
        uid,
        pull_id,
        pin,
        lag(pin) over (partition by terminal_serial, uid order by pull_id) as previous_pin
    from raw.uid_pins
) as changes
where previous_pin <> pin;

create trigger append_only before update or delete on raw.log_marks for each row execute function raw.refuse_change();
create trigger append_only before update or delete on raw.uid_pins for each row execute function raw.refuse_change();

-- Clocks that a person set: written before it is tried, and again with what the clock showed afterwards.
create table ops.clock_settings (
    setting_id bigint generated always as identity primary key,
    terminal_serial text collate "C" not null,
    step text not null check (step in ('before', 'after', 'failed')),
    at timestamptz not null,
    set_by text not null,
    device_clock_local timestamp,
    clock_drift_s integer
);
