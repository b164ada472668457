{{ config(materialized='view') }}

-- Who has earned a reward in a month: people whose counts stay within the rule, and the offices with the least per
-- person. Rules with at_most judge people, those without rank offices. Whoever has days without complete data or cuts
-- that nobody has decided is not left out but undecided, unless what is known already fails.
with

rules as (select * from {{ ref('stg_law__reward_rules') }}),

counters as (select * from {{ ref('stg_law__counters') }}),

months as (
    select * from {{ ref('fct_monthly_deductions') }}
),

employees as (select * from {{ ref('dim_employee') }}),

quantities as (
    select
        counted.employee_id,
        counted.month,
        counted.counter,
        sum(counted.quantity) as quantity
    from {{ ref('int_counters__by_month') }} as counted
    where counted.counter in (select rules.counter from rules)
    group by counted.employee_id, counted.month, counted.counter
),

workdays as (
    select
        counted.employee_id,
        counted.month,
        sum(counted.quantity) as workday_count
    from {{ ref('int_counters__by_month') }} as counted
    inner join counters on counted.counter = counters.counter
    where counters.matter = 'kerja'
    group by counted.employee_id, counted.month
),

-- excludes: kinds of employees that are not judged.
judged as (
    select
        rules.reward,
        rules.rule_code,
        rules.rule_status,
        rules.legal_basis,
        rules.evidence,
        rules.at_most,
        rules.ties,
        months.employee_id,
        months.month,
        months.opd_code,
        coalesce(workdays.workday_count, 0) as workday_count,
        coalesce(quantities.quantity, 0) as quantity,
        months.incomplete_day_count > 0 or months.undecided_count > 0 as is_open
    from months
    inner join employees on months.employee_id = employees.employee_id
    inner join workdays on months.employee_id = workdays.employee_id and months.month = workdays.month
    inner join rules
        on
            months.month >= date_trunc('month', rules.valid_from::timestamp)
            and months.month < coalesce(rules.valid_to, 'infinity'::date)
            and workdays.workday_count >= coalesce(rules.min_workdays, 0)
    left join quantities
        on
            months.employee_id = quantities.employee_id
            and months.month = quantities.month
            and rules.counter = quantities.counter
    where not coalesce(employees.kind = any(string_to_array(rules.excludes, ' ')), false)
),

people as (
    select
        judged.reward,
        judged.month,
        judged.employee_id,
        min(judged.opd_code) as opd_code,
        min(judged.rule_code) as rule_code,
        min(judged.rule_status) as rule_status,
        min(judged.legal_basis) as legal_basis,
        min(judged.evidence) as evidence,
        sum(judged.quantity) as quantity,
        max(judged.workday_count) as workday_count,
        bool_or(judged.is_open) as is_open
    from judged
    where judged.at_most is not null
    group by judged.reward, judged.month, judged.employee_id
    having bool_and(judged.quantity <= judged.at_most)
),

offices as (
    select
        judged.reward,
        judged.month,
        judged.opd_code,
        min(judged.rule_code) as rule_code,
        min(judged.rule_status) as rule_status,
        min(judged.legal_basis) as legal_basis,
        min(judged.evidence) as evidence,
        min(judged.ties) as ties,
        round(sum(judged.quantity) / count(distinct judged.employee_id), 4) as quantity,
        max(judged.workday_count) as workday_count,
        bool_or(judged.is_open) as is_open
    from judged
    where judged.at_most is null
    group by judged.reward, judged.month, judged.opd_code
),

-- An office that is still open can only get worse: whoever is behind a complete one is out.
best_complete as (
    select
        offices.reward,
        offices.month,
        min(offices.quantity) as quantity
    from offices
    where not offices.is_open
    group by offices.reward, offices.month
),

ranked as (
    select
        offices.*,
        bool_or(offices.is_open) over (partition by offices.reward, offices.month) as is_contest_open,
        count(*) over (partition by offices.reward, offices.month) as office_count
    from offices
    left join best_complete on offices.reward = best_complete.reward and offices.month = best_complete.month
    where best_complete.quantity is null or offices.quantity <= best_complete.quantity
),

final as (
    select
        people.reward || '/' || people.month || '/' || people.employee_id as reward_id,
        people.reward,
        people.month,
        people.employee_id,
        people.opd_code,
        people.quantity::numeric(12, 4) as quantity,
        people.workday_count::numeric(12, 2) as workday_count,
        1::bigint as winner_count,
        case when people.is_open then 'UNDECIDED' else 'DIPEROLEH' end as state,
        case
            when people.is_open then 'Ada hari yang belum lengkap atau potongan yang belum diputuskan bulan itu.'
            else 'Tidak ada catatan di atas batas aturan selama ' || trim_scale(people.workday_count) || ' hari kerja.'
        end as reason,
        people.rule_status,
        people.rule_code,
        people.legal_basis,
        people.evidence
    from people
    union all
    select
        ranked.reward || '/' || ranked.month || '/opd/' || ranked.opd_code as reward_id,
        ranked.reward,
        ranked.month,
        null as employee_id,
        ranked.opd_code,
        ranked.quantity::numeric(12, 4) as quantity,
        ranked.workday_count::numeric(12, 2) as workday_count,
        ranked.office_count as winner_count,
        case
            when ranked.is_contest_open or (ranked.office_count > 1 and ranked.ties <> 'bersama') then 'UNDECIDED'
            else 'DIPEROLEH'
        end as state,
        case
            when ranked.is_open then 'Ada hari yang belum lengkap atau potongan yang belum diputuskan di kantor itu.'
            when ranked.is_contest_open then 'Menunggu kantor lain yang datanya belum lengkap.'
            when ranked.office_count > 1 and ranked.ties = 'bersama' then 'Terbaik bersama kantor lain.'
            when ranked.office_count > 1 then 'Sama dengan kantor lain; aturan tidak membaginya.'
            else 'Rata-rata per orang paling kecil.'
        end as reason,
        ranked.rule_status,
        ranked.rule_code,
        ranked.legal_basis,
        ranked.evidence
    from ranked
)

select * from final
