-- Each time that a ZK terminal was asked for its own book of its menu (raw.oplog). No row, or a last row without a count:
-- what the book says is not known, which is not the same as that nobody meddled.
create table raw.oplog_reads (
    pull_id bigint primary key references raw.pulls deferrable initially deferred,
    terminal_serial text collate "C" not null,
    counted integer not null,  -- entries by the terminal's own counter
    entry_count integer,       -- that came; null: the terminal did not give them
    unreadable_count integer,  -- of them without a possible date, not in raw.oplog
    error_class text check (error_class in ('transient', 'terminal', 'unsupported')),
    error_message text,
    read_at timestamptz not null,
    check ((entry_count is null) = (error_class is not null)),
    check ((entry_count is null) = (unreadable_count is null)),
    check ((error_class is null) = (error_message is null))
);
create index oplog_reads_by_terminal on raw.oplog_reads (terminal_serial, pull_id);
create trigger append_only before update or delete on raw.oplog_reads
for each row execute function raw.refuse_change();
