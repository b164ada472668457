"""Changes planted in the SQL of the models, one place each, and the example (a dbt unit test) that finds it.

Others than those of tests/dbt/test_attendance_unit_tests.py, which `make test` plants each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PlantedSql:
    """One wrong place of a model: what is wrong with it, who finds it, what stands there, what is put in its place."""

    model: str
    fault: str
    example: str
    right: str
    wrong: str


PLANTED_SQL: Final = (
    PlantedSql(
        "int_monthly_deductions__computed", "rupiah are cut off, not rounded half up",
        "a_month_costs_no_more_than_there_is",
        "round(coalesce(cut_months.payable_idr, 0))::numeric(14, 2) as payable_idr",
        "floor(coalesce(cut_months.payable_idr, 0))::numeric(14, 2) as payable_idr",
    ),
    PlantedSql(
        "int_monthly_deductions__computed", "what is announced is paid as well",
        "march_holds_what_is_projected_apart_from_what_is_payable",
        ") filter (where rule_status = 'in_force') as payable_idr",
        ") as payable_idr",
    ),
    PlantedSql(
        "int_monthly_deductions__computed", "a cut without rupiah counts as 0",
        "s59_an_undecided_month_gives_its_readings_and_no_figure",
        "coalesce(cut_months.undecided_count, 0)::bigint as undecided_count",
        "0::bigint as undecided_count",
    ),
    PlantedSql(
        "int_monthly_deductions__computed", "the office of the month is the one of its first day",
        "the_office_of_a_month_is_that_of_its_last_working_day",
        "and worked_months.last_work_date >= postings.valid_from",
        "and worked_months.month >= postings.valid_from",
    ),
    PlantedSql(
        "int_monthly_deductions__computed", "what is cut of the whole allowance knows no cap",
        "a_monthly_cap_holds_for_each_base_and_against_what_a_count_sets",
        "capped.whole_idr * least(capped.whole_rupiah_pct, capped.cap_pct) / nullif(capped.whole_rupiah_pct, 0)",
        "capped.whole_idr",
    ),
    PlantedSql(
        "int_monthly_deductions__computed", "what a count sets must be more than what stood there before the cap",
        "a_monthly_cap_holds_for_each_base_and_against_what_a_count_sets",
        "with_allowance.set_own_pct >= least(with_allowance.own_rupiah_pct, with_allowance.cap_pct)",
        "with_allowance.set_own_pct >= with_allowance.own_rupiah_pct",
    ),
    PlantedSql(
        "int_month_costs__summed", "what is paid is cut",
        "leave_that_fills_a_month_is_paid_by_its_month",
        "100 - whole_leaves.paid_pct as cut_pct",
        "whole_leaves.paid_pct as cut_pct",
    ),
    PlantedSql(
        "int_month_costs__summed", "a leave of a part of the month fills it",
        "leave_that_fills_a_month_is_paid_by_its_month",
        "and count(distinct leave_days.work_date) = max(workdays.workday_count)",
        "and count(distinct leave_days.work_date) <= max(workdays.workday_count)",
    ),
    PlantedSql(
        "int_month_triggers__fired", "a trigger fires only above its count",
        "a_count_sets_off_what_its_rule_says_from_its_bound_on",
        ">= asked.at_least",
        "> asked.at_least",
    ),
    PlantedSql(
        "int_month_triggers__fired", "a trigger fires above its last count",
        "a_count_sets_off_what_its_rule_says_from_its_bound_on",
        "<= coalesce(asked.at_most::numeric, quantities.quantity, 0)",
        "<= coalesce(quantities.quantity, 0)",
    ),
    PlantedSql(
        "int_days__combined", "the greatest cut of a day is their sum",
        "s19_s21_s42_a_day_is_summed_or_its_greatest_taken_and_capped",
        "case policies.combine_mode when 'max' then by_base.max_pct else by_base.sum_pct end",
        "by_base.sum_pct",
    ),
    PlantedSql(
        "int_counters__by_month", "a day off with an event is a working day",
        "counts_of_a_month_are_named_by_the_seed_and_united",
        "count(*) filter (where daily_attendance.status <> 'LIBUR') as workdays",
        "count(*) as workdays",
    ),
    PlantedSql(
        "int_counters__by_month", "rows of alpa are summed, not the longest taken",
        "counts_of_a_month_are_named_by_the_seed_and_united",
        "when counters.code = 'berturut' or counters.unit = 'months' then max(counted.quantity)",
        "when counters.unit = 'months' then max(counted.quantity)",
    ),
    PlantedSql(
        "int_discipline__by_year", "of the incomplete days of a year the worst month stands for all",
        "s78_s79_minutes_become_days_and_the_rest_is_carried",
        "sum(incomplete_months.incomplete_days)",
        "max(incomplete_months.incomplete_days)",
    ),
    PlantedSql(
        "int_stated_counters__priced", "free days of a month cost",
        "s49_s50_s58_days_beyond_the_free_ones_times_the_rate",
        "greatest(governed.quantity - coalesce(excuse_rules.free_days_month, 0), 0)",
        "governed.quantity",
    ),
    PlantedSql(
        "int_stated_counters__priced", "an unknown rate costs nothing and is decided",
        "leave_is_paid_by_its_month_or_by_the_length_of_a_spell",
        "when based.pct is null then 'TARIF_TIDAK_DIKETAHUI'",
        "when based.pct is null then null",
    ),
    PlantedSql(
        "int_stated_counters__priced", "a spell that is too long for a tier has its rate",
        "the_last_day_of_a_tier_is_still_in_it",
        "governed.quantity < coalesce(excuse_rules.spell_to_day::numeric, governed.quantity + 1)",
        "governed.quantity <= coalesce(excuse_rules.spell_to_day::numeric, governed.quantity + 1)",
    ),
    PlantedSql(
        "int_stated_counters__priced", "the day after the last of a tier is in it, too",
        "the_last_day_of_a_tier_is_still_in_it",
        "least(governed.quantity + 1, excuse_rules.spell_to_day::numeric)",
        "least(governed.quantity + 1, excuse_rules.spell_to_day::numeric + 1)",
    ),
    PlantedSql(
        "int_discipline__by_year", "a step begins a day late",
        "s70_to_s77_the_ladder_counts_days_of_the_year",
        "converted.sum_days + converted.converted_days >= ladder.at_least",
        "converted.sum_days + converted.converted_days > ladder.at_least",
    ),
    PlantedSql(
        "int_discipline__by_year", "a day of minutes is begun, not full",
        "s78_s79_minutes_become_days_and_the_rest_is_carried",
        "then floor(cumulated.sum_minutes / cumulated.convert_minutes)",
        "then ceil(cumulated.sum_minutes / cumulated.convert_minutes)",
    ),
    PlantedSql(
        "int_discipline__by_year", "the lightest step counts",
        "s70_to_s77_the_ladder_counts_days_of_the_year",
        "reached.weight desc",
        "reached.weight asc",
    ),
    PlantedSql(
        "fct_discipline", "the salary stops in the month of the step",
        "s73_a_step_names_what_has_to_follow",
        "(date_trunc('month', years.reached_on::timestamp) + interval '1 month')::date",
        "date_trunc('month', years.reached_on::timestamp)::date",
    ),
    PlantedSql(
        "fct_rewards", "whoever is at the limit has lost",
        "rewards_are_for_clean_months_and_wait_for_what_is_open",
        "judged.quantity <= judged.at_most",
        "judged.quantity < judged.at_most",
    ),
    PlantedSql(
        "fct_alpa", "a year counts on from the last",
        "alpa_runs_over_days_off_and_breaks_on_any_other_day",
        "year_days as (partition by runs.employee_id, date_part('year', runs.work_date) order by runs.work_date)",
        "year_days as (partition by runs.employee_id order by runs.work_date)",
    ),
    PlantedSql(
        "fct_alpa", "a day that the quorum of the office takes out breaks a run",
        "alpa_runs_over_days_that_count_for_nobody",
        "where daily.status not in ('LIBUR', 'TIDAK_DIHITUNG')",
        "where daily.status <> 'LIBUR'",
    ),
    PlantedSql(
        "fct_alpa", "a day off with an event breaks a run",
        "alpa_runs_over_days_that_count_for_nobody",
        "where daily.status not in ('LIBUR', 'TIDAK_DIHITUNG')",
        "where daily.status <> 'TIDAK_DIHITUNG'",
    ),
    PlantedSql(
        "fct_deductions", "what the machine's clock explains is cut",
        "drift_that_explains_lateness_leaves_it_undecided",
        "when judged_punches.is_explained_by_clock then 'JAM_MESIN'",
        "when judged_punches.is_explained_by_clock then null",
    ),
    PlantedSql(
        "fct_deductions", "an unknown rate is decided",
        "s09_missing_going_punch_is_undecided",
        "then 'TARIF_TIDAK_DIKETAHUI'",
        "then null",
    ),
    PlantedSql(
        "fct_deductions", "an alpa and the event it missed are both cut",
        "alpa_absorbs_the_apel_of_the_day",
        "and not (found.is_alpa_event and policies.alpa_absorbs_events)",
        "",
    ),
    PlantedSql(
        "fct_deductions", "what is announced is payable",
        "announced_until_19_march_in_force_from_20_march",
        "decided.rule_status = 'in_force' and decided.undecided_code is null as is_payable",
        "decided.undecided_code is null as is_payable",
    ),
    PlantedSql(
        "fct_deductions", "a share holds on the day on which the next one begins",
        "a_new_share_and_a_new_allowance_hold_from_their_first_day",
        "and found.work_date < bases.governs_to",
        "and found.work_date <= bases.governs_to",
    ),
    PlantedSql(
        "fct_deductions", "an allowance holds on the day on which the next one begins",
        "a_new_share_and_a_new_allowance_hold_from_their_first_day",
        "and found.work_date < coalesce(tpp.valid_to, 'infinity'::date)",
        "and found.work_date <= coalesce(tpp.valid_to, 'infinity'::date)",
    ),
    PlantedSql(
        "fct_shift_attendance", "an alpa without a sign of life after the shift",
        "day_without_a_punch_is_alpa_only_when_alive_at_both_ends",
        "gathered.is_alive_at_start and gathered.is_alive_at_end",
        "gathered.is_alive_at_start",
    ),
    PlantedSql(
        "fct_shift_attendance", "late without a sign of life before the shift",
        "late_end_is_judged_by_its_own_sign_of_life",
        "gathered.is_read_to_end and gathered.is_alive_at_start and not gathered.is_all_held as is_in_judged",
        "gathered.is_read_to_end and not gathered.is_all_held as is_in_judged",
    ),
    PlantedSql(
        "fct_daily_attendance", "of two shifts the better one is the day's",
        "a_day_is_its_shifts_and_the_events_that_were_missed",
        "order by severity.place, shifts.shift_no",
        "order by severity.place desc, shifts.shift_no",
    ),
    PlantedSql(
        "fct_event_attendance", "a hand list that names nobody of the office judges it",
        "roll_on_paper_is_judging_only_offices_that_it_names",
        "(gathered.is_present is false or gathered.is_office_listed)",
        "true",
    ),
    PlantedSql(
        "int_events__expected", "the late ones are at the event",
        "s07_a_duty_on_days_off_late_is_missed_and_who_is_exempt",
        "then least(expected.window_to_local, expected.event_date + events.starts_at + interval '1 minute')",
        "then expected.window_to_local",
    ),
    PlantedSql(
        "int_windows__watched", "a punch at the end of a window is a sign of life",
        "events_window_is_watched_from_its_begin_to_before_its_end",
        "and punches.punched_at_local < watched.watch_to",
        "and punches.punched_at_local <= watched.watch_to",
    ),
    PlantedSql(
        "int_windows__watched", "an answer at the end of a window is a sign of life",
        "an_answer_at_the_end_of_a_window_comes_too_late",
        "and answers.answered_at_local < watched.watch_to",
        "and answers.answered_at_local <= watched.watch_to",
    ),
    PlantedSql(
        "int_windows__watched", "a PIN is his on the day on which it is given to another",
        "a_sign_of_life_is_of_whom_the_pin_belongs_to_at_the_begin",
        "and by_terminal.watch_from < pins.valid_to",
        "and by_terminal.watch_from <= pins.valid_to",
    ),
    PlantedSql(
        "int_excuses__by_day", "a request expires a day early",
        "s39_a_request_waits_three_days_and_then_is_refused_by_itself",
        "<= measures.request_expiry_days",
        "< measures.request_expiry_days",
    ),
    PlantedSql(
        "int_excuses__by_day", "the kind's meaning beats the regulation's",
        "s39_a_request_waits_three_days_and_then_is_refused_by_itself",
        "coalesce(rules.treat_as, kinds.treat_as) = 'excused'",
        "kinds.treat_as = 'excused'",
    ),
    PlantedSql(
        "int_offices__below_quorum", "half is enough",
        "s38_an_office_of_which_half_or_fewer_punched_is_below_quorum",
        "rostered.present_count * 100 <= ",
        "rostered.present_count * 100 < ",
    ),
    PlantedSql(
        "int_pins__resolved", "the office's row beats the terminal's",
        "a_terminals_own_pin_beats_the_offices",
        "['precedence',",
        "['precedence desc',",
    ),
    PlantedSql(
        "int_pins__claimed", "a PIN holds before its terminal stood",
        "an_offices_pins_hold_where_its_terminals_stand",
        "greatest(pins.valid_from, stays.installed_on)",
        "pins.valid_from",
    ),
    PlantedSql(
        "int_employees__scheduled", "the office's schedule beats one's own",
        "own_assignment_beats_group_beats_office",
        "['precedence',",
        "['precedence desc',",
    ),
    PlantedSql(
        "int_excuses__numbered", "an excuse's days are counted through the year",
        "s49_s59_an_excused_day_is_numbered_in_its_month_and_its_spell",
        "partition by excused.employee_id, excused.excuse_kind, date_trunc('month', excused.work_date::timestamp)",
        "partition by excused.employee_id, excused.excuse_kind",
    ),
    PlantedSql(
        "int_shifts__held", "a record that is decided to be nobody's holds back",
        "pin_decided_to_be_his_is_holding_him_and_nobody_else",
        "where owned_pins.pin is null or owned_pins.employee_id is not null",
        "",
    ),
    PlantedSql(
        "fct_coverage", "a day that is not read to its end is complete",
        "a_silent_terminal_is_no_complete_one",
        "when (read_to.covers_until_local >= terminal_days.local_date + 1) is not true then 'BELUM_LENGKAP'",
        "when (read_to.covers_until_local >= terminal_days.local_date) is not true then 'BELUM_LENGKAP'",
    ),
    PlantedSql(
        "int_regulations__governing", "the regulation for all beats the office's own",
        "the_offices_own_regulation_beats_the_one_for_all",
        "'is_own desc'",
        "'is_own asc'",
    ),
    PlantedSql(
        "int_exemptions__by_day", "an exemption holds on the day on which it ends",
        "an_exemption_ends_before_its_last_date_and_with_the_posting",
        "least(spans.exempt_to - 1, current_build.as_of::date + 1)",
        "least(spans.exempt_to, current_build.as_of::date + 1)",
    ),
)  # fmt: skip
