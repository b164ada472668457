-- Counts of a month that the city takes over with a letter (site folder, stated_counters.csv): opening balances from
-- before the terminals, and recaps without punches.
create table reference.stated_counters (
    employee_id text collate "C" not null,
    month date not null check (extract(day from month) = 1),
    counter text collate "C" not null,
    quantity numeric(12, 2) not null check (quantity >= 0),
    letter_no text not null check (btrim(letter_no) <> ''),
    load_from bigint not null references reference.loads,
    load_to bigint references reference.loads,
    primary key (employee_id, month, counter, load_from)
);
