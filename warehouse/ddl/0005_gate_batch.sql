-- What the gate has on its table during one run: Great Expectations reads one relation per suite, so the punches
-- under check stand here, joined with what is known of their PIN, posting and pull. Filled and emptied by
-- expectations/batch.py under an advisory lock; unlogged, because a crash only means that the run begins again.
-- The rows stay until the next run, so that a row id in Data Docs can be looked up.

create unlogged table dq.batch_pulls (
    pull_id bigint primary key,
    terminal_serial text collate "C" not null,
    unaccounted_count integer not null,  -- by how many the stored punches and rejects differ from the ledger
    reject_share_pct numeric(5, 2),      -- null: nothing was offered
    clock_off_s integer                  -- amount of the drift; null: unknown
);

create unlogged table dq.batch_punches (
    row_id text not null,                -- pull_id:ordinal, names a punch without naming a person
    terminal_serial text collate "C" not null,
    pin text collate "C" not null,
    punched_at_local timestamp not null,
    pull_id bigint not null,
    employee_id text collate "C",        -- null: no known PIN row says whose it is
    pin_owner text collate "C",          -- employee_id, or that somebody decided that it is nobody's
    has_posting boolean,                 -- null: unknown person
    ahead_of_clock_s integer,            -- punch less device clock of its pull; null: clock unknown
    is_office_hour boolean,              -- null: the office has no schedule
    is_replayed boolean not null,        -- in open quarantine before this run
    primary key (terminal_serial, pin, punched_at_local)
);

create view dq.batch_rejects as
select
    rejects.reason,
    count(*)::integer as reject_count
from raw.rejects as rejects
inner join dq.batch_pulls as pulls on rejects.pull_id = pulls.pull_id
group by rejects.reason;
