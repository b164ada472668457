-- What the gate has not passed yet does not reach the marts.

-- The pull that touched the day; null when something else did. Its days are built when its punches are, not before:
-- a claim that took the days and left the punches would have built them for nothing, and lost them.
-- No foreign key: a landing writes these rows by the hundred thousand.
alter table ops.touched add column pull_id bigint;

-- Reads that wait for the gate, each with those that came behind it at the same terminal: they say that the log is
-- complete up to their time, which holds only together with what was read before. A pull that the gate refuses as a
-- whole would otherwise make everybody absent as soon as the next one is passed. Attempts that brought no log do not wait.
create view dq.waiting_pulls as
with unchecked as (
    select
        pulls.terminal_serial,
        min(pulls.pull_id) as first_pull_id
    from raw.pulls as pulls
    where
        pulls.outcome = 'ok'
        and not exists (
            select 1 from dq.checked_pulls as checked
            where checked.pull_id = pulls.pull_id
        )
    group by pulls.terminal_serial
)

select
    pulls.pull_id,
    pulls.terminal_serial
from unchecked
inner join raw.pulls as pulls
    on unchecked.terminal_serial = pulls.terminal_serial and unchecked.first_pull_id <= pulls.pull_id
where pulls.outcome = 'ok';
