-- Days on which the regulation of an office names other rates (the first workday after a long holiday).
with

special_dates as ({{ governing('special_dates') }})

select distinct
    special_dates.opd_code,
    special_dates.special_date as work_date,
    special_dates.special_day
from special_dates
where
    special_dates.special_date >= special_dates.governs_from
    and special_dates.special_date < special_dates.governs_to
