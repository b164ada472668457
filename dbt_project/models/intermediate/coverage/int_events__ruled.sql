{{
    config(
        materialized='incremental',
        incremental_strategy='whole_table',
        on_schema_change='fail',
        post_hook='analyze {{ this }}'
    )
}}

-- What the regulation of each office that is asked says of an event: the rule of a special day beats the ordinary one,
-- a rule for the very kind (apel_senin) beats the one for its family (apel).
with

events as (select * from {{ ref('stg_reference__events') }}),

rules as ({{ governing('event_rules') }}),

special_days as (select * from {{ ref('int_special_days__by_office') }})

select distinct on (events.event_id, rules.opd_code)
    events.event_id,
    rules.opd_code,
    rules.rule_code,
    rules.event_kind as matter,
    rules.is_on_holidays,
    rules.is_late_missed
from events
inner join rules
    on
        (events.opd_code is null or events.opd_code = rules.opd_code)
        and rules.event_kind in (events.kind, split_part(events.kind, '_', 1))
        and events.event_date >= rules.governs_from
        and events.event_date < rules.governs_to
left join special_days
    on
        rules.opd_code = special_days.opd_code
        and events.event_date = special_days.work_date
        and rules.special_day = special_days.special_day
where rules.special_day is null or special_days.special_day is not null
order by
    events.event_id asc,
    rules.opd_code asc,
    (rules.special_day is null) asc,
    (rules.event_kind = events.kind) desc,
    rules.rule_code asc
