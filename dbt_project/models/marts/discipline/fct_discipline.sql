{{ config(materialized='view') }}

-- Who has come to a step of the ladder of discipline in a calendar year, and what has to follow. A step reached is no
-- sanction yet: the superior summons and decides. A view: the ladder itself is counted in intermediate.
with

years as (
    select * from {{ ref('int_discipline__by_year') }}
    where rule_code is not null
),

rules as ({{ governing('discipline_rules', 'disiplin') }}),

cuts as ({{ governing('discipline_cuts') }}),

regulations as (select * from {{ ref('stg_law__regulations') }}),

final as (
    select
        years.employee_id,
        years.year,
        years.opd_code,
        years.regulation_code,
        years.absent_days::numeric(12, 2) as absent_days,
        years.counted_minutes::numeric(12, 2) as counted_minutes,
        years.converted_days::numeric(12, 2) as converted_days,
        years.remainder_min::numeric(12, 2) as remainder_min,
        years.days::numeric(12, 2) as days,
        years.consecutive_days::numeric(12, 2) as consecutive_days,
        years.incomplete_days::numeric(12, 2) as incomplete_days,
        years.step_kind,
        years.level,
        years.sanction,
        years.pct::numeric(6, 2) as pct,
        years.months,
        years.is_salary_stopped as salary_stop_next_month,
        case
            when years.is_salary_stopped
                then (date_trunc('month', years.reached_on::timestamp) + interval '1 month')::date
        end as salary_stop_from,
        cuts.pct::numeric(6, 2) as allowance_cut_pct,
        cuts.months as allowance_cut_months,
        years.reached_on,
        years.reached_on + rules.act_within_days as act_by_date,
        case
            when rules.act_within_days is null
                then 'Tenggatnya tidak ditetapkan dalam ' || regulations.short_name || ' sejauh yang terbaca.'
            else 'Dalam ' || rules.act_within_days || ' hari menurut ' || regulations.short_name || '.'
        end as act_by_reason,
        case
            when rules.summon_basis is null
                then 'Kewajiban atasan memanggil tidak terbaca dalam ' || regulations.short_name || '.'
            else
                'Atasan langsung wajib memanggil (' || rules.summon_basis || ')'
                || coalesce('; yang lalai dihukum lebih berat (' || rules.neglect_basis || ')', '') || '.'
        end as follow_up,
        years.rule_status,
        years.rule_code,
        years.legal_basis,
        years.evidence,
        case years.step_kind
            when 'consecutive'
                then
                    trim_scale(years.consecutive_days)::text || ' hari kerja berturut-turut tanpa keterangan, tercapai '
                    || to_char(years.reached_on, 'DD-MM-YYYY')
            else
                trim_scale(years.days)::text || ' hari dalam tahun ' || years.year
                || case
                    when years.converted_days > 0
                        then
                            ' (' || trim_scale(years.absent_days)::text || ' hari alpa dan '
                            || trim_scale(years.converted_days)::text || ' hari dari '
                            || trim_scale(years.counted_minutes)::text || ' menit terlambat dan pulang awal)'
                    else ''
                end
                || ', tercapai ' || to_char(years.reached_on, 'DD-MM-YYYY')
        end
        || ': ' || replace(years.sanction, '_', ' ') || ' menurut ' || regulations.short_name
        || case
            when years.is_salary_stopped
                then '; gaji dihentikan mulai bulan berikutnya'
            else ''
        end
        || case
            when years.incomplete_days > 0
                then
                    '; ' || trim_scale(years.incomplete_days)::text
                    || ' hari tahun itu belum lengkap datanya dan tidak dihitung'
            else ''
        end
        || '.' as reason
    from years
    inner join regulations on years.regulation_code = regulations.regulation_code
    left join rules
        on
            years.opd_code = rules.opd_code
            and years.regulation_code = rules.regulation_code
            and years.reached_on >= rules.governs_from
            and years.reached_on < rules.governs_to
    left join cuts
        on
            years.opd_code = cuts.opd_code
            and years.sanction = cuts.sanction
            and years.reached_on >= cuts.governs_from
            and years.reached_on < cuts.governs_to
)

select * from final
