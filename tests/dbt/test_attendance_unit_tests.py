"""The worked examples of attendance and reports: where they are, and that a changed rule turns its own example red."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from warehouse.claim import DBT_PROJECT
from warehouse.console import Problem
from warehouse.dbt_run import run_dbt

if TYPE_CHECKING:
    from tests.support.golden_town import Town

ROOMS = (
    "intermediate/law", "intermediate/roster", "intermediate/punches", "intermediate/coverage",
    "intermediate/deductions", "marts/attendance", "marts/decisions", "marts/faces", "marts/reports", "qc",
)  # fmt: skip
# Postgres cuts longer names; dbt makes a relation of each example's name.
LONGEST_NAME = 63

# Example that must turn red -> (file, what stands there, what is put in its place). One change per rule, all made in
# one copy of the project; each example looks at columns that only its own change reaches.
PARAMETERS = "seeds/parameters/attendance_parameters.csv"
MEASURED = "models/intermediate/punches/int_shifts__measured.sql"
PRICED = "models/marts/deductions/fct_deductions.sql"
CHANGES: dict[str, tuple[str, str, str]] = {
    "susulan_pays_what_no_later_month_has_paid": (
        "models/marts/decisions/rpt_susulan.sql",
        "inner join frozen_months on closed_susulan.transition_id = frozen_months.frozen_id", "",
    ),
    "objection_waits_until_its_deadline_and_then_is_late": (
        "models/marts/decisions/fct_objections.sql",
        "moment.today > dated.deadline_date", "moment.today >= dated.deadline_date",
    ),
    "acts_119_s_after_each_other_is_one_act_and_120_s_is_two": (PARAMETERS, ",120,30,", ",121,30,"),
    "punch_30_min_before_the_begin_is_life_and_one_at_it_is_not": (PARAMETERS, ",121,30,", ",121,31,"),
    "end_that_is_not_after_the_begin_is_of_the_next_day": (PARAMETERS, ",240,480,", ",240,481,"),
    "a_holiday_is_off_for_the_office_and_not_for_the_guard": (
        "models/intermediate/roster/int_schedules__dated.sql", "or holidays.holiday_date is null", "or true",
    ),
    "an_office_without_a_schedule_has_the_hours_of_the_law": (
        "models/intermediate/roster/int_employees__scheduled.sql", "'is_replacement desc'", "'is_replacement'",
    ),
    "a_week_of_the_law_has_its_friday_and_gives_way_to_a_namesake": (
        "models/intermediate/roster/int_schedules__dated.sql",
        "and hours.schedule_code not in (select own_schedules.schedule_code from own_schedules)", "",
    ),
    "hours_of_the_city_beat_built_in_and_the_offices_the_general": (
        "models/intermediate/law/int_hours__governing.sql", "'is_of_city desc', ", "",
    ),
    "holidays_are_the_citys_and_those_of_the_decree_of_the_year": (
        "models/intermediate/law/int_holidays__known.sql",
        "where decreed.holiday_date not in (select own.holiday_date from own)", "",
    ),
    "under_two_hours_both_windows_pass_the_middle_by_an_hour": (
        "models/intermediate/roster/int_shifts__resolved.sql",
        "spaced.gap_after < spaced.short_gap", "spaced.gap_after <= spaced.short_gap",
    ),
    "window_is_at_most_4_h_before_and_8_h_after": (
        "models/intermediate/roster/int_shifts__resolved.sql",
        "least(spaced.capture_before, spaced.gap_before / 2)", "spaced.gap_before / 2",
    ),
    "minutes_are_floored": (
        "models/intermediate/punches/int_shifts__punched.sql",
        "floor(date_part('epoch', paired.in_at_local", "ceil(date_part('epoch', paired.in_at_local",
    ),
    "going_at_15_59_30_is_0_minutes_early_and_at_15_59_00_is_1": (
        "models/intermediate/punches/int_shifts__punched.sql",
        "floor(date_part('epoch', paired.ends_at_local", "ceil(date_part('epoch', paired.ends_at_local",
    ),
    "acts_of_three_punches_and_of_more_are_counted_alike": (
        "models/intermediate/punches/int_shifts__punched.sql",
        "measured.last_second - measured.middle_second", "measured.last_second - measured.last_second",
    ),
    "a_single_act_belongs_to_the_nearer_end": (
        "models/intermediate/punches/int_shifts__punched.sql",
        "gathered.first_at_local < gathered.middle_local", "gathered.first_at_local <= gathered.middle_local",
    ),
    "a_night_shift_keeps_its_punches_over_midnight": (
        "models/intermediate/punches/int_punches__assigned_to_shift.sql",
        "owned.punched_at_local < shift_dates.window_to_local",
        "owned.punched_at_local <= shift_dates.window_to_local",
    ),
    "each_terminal_must_be_read_and_alive": (
        "models/intermediate/coverage/int_windows__watched.sql",
        "covers_until_local >= by_terminal.read_to", "covers_until_local > by_terminal.read_to",
    ),
    "a_terminal_is_of_the_office_where_it_stands_or_stood_last": (
        "models/intermediate/coverage/int_terminals__last_office.sql", "installed_on desc", "installed_on asc",
    ),
    "outage_is_as_good_as_reading_only_with_a_complete_list_over_it": (
        "models/intermediate/coverage/int_windows__watched.sql",
        "by_terminal.judged_to <= complete_lists.to_at_local", "by_terminal.judged_from <= complete_lists.to_at_local",
    ),
    "a_held_record_that_could_be_his_holds_back": (
        "models/intermediate/coverage/int_shifts__held.sql", "else 'alpa'", "else 'all'",
    ),
    "only_approved_excuses_that_excuse_count": (
        "models/intermediate/coverage/int_excuses__by_day.sql",
        "dated.decision = 'approved'", "dated.decision <> 'rejected'",
    ),
    "day_without_a_punch_and_with_a_held_record_is_belum_lengkap": (
        "models/marts/attendance/fct_shift_attendance.sql", "and not gathered.is_alpa_held", "",
    ),
    "an_excuse_takes_its_end_out_of_the_judgement": (
        "models/marts/attendance/fct_shift_attendance.sql",
        "excuses.is_full or excuses.is_pulang", "excuses.is_full or excuses.is_masuk",
    ),
    "punch_at_07_00_00_is_at_the_apel_and_one_at_07_45_00_is_not": (
        "models/marts/attendance/fct_event_attendance.sql",
        "expected.window_to_local > assigned.punched_at_local", "expected.window_to_local >= assigned.punched_at_local",
    ),
    "fleet_shows_the_last_answer_beside_the_last_attempt": (
        "models/marts/reports/rpt_fleet.sql",
        "standing.terminal_serial and pulls.is_answered", "standing.terminal_serial",
    ),
    "quarantine_counts_records_and_pins_by_check_and_terminal": (
        "models/marts/reports/rpt_quarantine.sql", "count(distinct held.pin)", "count(held.pin)",
    ),
    "rejects_are_counted_by_terminal_and_reason": (
        "models/marts/reports/rpt_rejects.sql",
        "(max(pulls.started_at) at time zone last_offices.timezone)", "(max(pulls.started_at) at time zone 'UTC')",
    ),
    "a_matching_photo_30_s_away_is_evidence_and_31_s_is_not": (
        "seeds/parameters/face_parameters.csv", ",15,30,", ",15,31,",
    ),
    "photos_are_counted_by_day_terminal_and_outcome": (
        "models/marts/faces/fct_face_checks.sql", "counted.local_date < coalesce", "counted.local_date <= coalesce",
    ),
    "only_a_mismatch_is_a_case_with_the_nearest_punch": (
        "models/qc/qc_face_mismatch.sql", "order by abs(", "order by -abs(",
    ),
    "signs_of_tampering_are_told_and_what_explains_itself_is_not": (
        "seeds/parameters/tamper_parameters.csv", ",120,10,90,", ",131,10,90,",
    ),
    "a_clock_that_set_time_set_is_no_sign_and_any_other_step_is": (
        "models/qc/qc_terminal_tampering.sql", "not clocks.is_ours", "true",
    ),
    "pins_that_changed_hands_are_told_and_respelled_names_are_not": (
        "models/qc/qc_changed_pins.sql", "where names.letters <>", "where names.user_name <>",
    ),
    "signs_of_both_kinds_stand_with_their_office": (
        "models/marts/reports/rpt_terminal_signs.sql", "at time zone last_offices.timezone", "at time zone 'UTC'",
    ),
    "s34_s35_grace_is_repaid_in_the_afternoon_or_costs_the_end": (
        MEASURED, "rounded.raw_late_minutes - rounded.grace_minutes", "rounded.raw_late_minutes",
    ),
    "s60_s62_s64_net_time_first_records_and_the_earliest_coming": (
        MEASURED, "(graced.net_minutes + graced.break_minutes) * 60", "graced.net_minutes * 60",
    ),
    "s65_s67_moving_hours_move_both_ends_by_at_most_90_minutes": (
        MEASURED, "moved.in_at_local - moved.starts_at_local - moved.moved_by",
        "moved.in_at_local - moved.starts_at_local",
    ),
    "a_few_seconds_late_are_repaid_with_a_block_of_30_minutes": (
        MEASURED, "ceil(late.seconds / 60 / moved.block_minutes)", "floor(late.seconds / 60 / moved.block_minutes)",
    ),
    "s42_a_hand_list_has_no_window_and_a_night_shift_neither": (
        MEASURED, "case when windows.is_out_held then measures.out_earliest end", "measures.out_earliest",
    ),
    "s22_s38_s39_midday_quorum_requests_and_own_measures": (
        "models/marts/attendance/fct_shift_attendance.sql", "and not gathered.is_requested", "",
    ),
    "s07_s44_a_day_off_with_a_missed_event_and_a_punished_day": (
        "models/marts/attendance/fct_daily_attendance.sql", "where missed_events.is_day_off", "where false",
    ),
    "s19_s21_s42_a_day_is_summed_or_its_greatest_taken_and_capped": (
        "models/intermediate/deductions/int_days__combined.sql",
        "case when not by_base.is_alpa and not by_base.is_overridden then policies.daily_cap_pct end",
        "policies.daily_cap_pct",
    ),
    "s49_s59_an_excused_day_is_numbered_in_its_month_and_its_spell": (
        "models/intermediate/deductions/int_excuses__numbered.sql",
        "excused.work_date = workdays.work_date", "excused.work_date = workdays.work_date + 1",
    ),
    "s21_to_s46_bands_and_parts_of_the_allowance_elsewhere": (
        PRICED, "marked.minutes < rules.end_minute", "marked.minutes <= rules.end_minute",
    ),
    "s65_bands_by_the_clock_begin_with_their_minute": (
        PRICED, "marked.judged_at_local::time < rules.end_time", "marked.judged_at_local::time <= rules.end_time",
    ),
    "s12_s31_special_days_events_and_fixed_rupiah": (
        PRICED, "coalesce(marked.special_day, '') = coalesce(rules.special_day, '')", "true",
    ),
    "s29_s33_s49_excuses_that_cost": (
        PRICED, "numbered.month_day <= rules.free_days_month", "numbered.month_day < rules.free_days_month",
    ),
    "s44_s55_shares_of_a_day_and_a_punishment_that_stands_alone": (
        PRICED, "lates.late_no <= lates.free_late_count", "lates.late_no < lates.free_late_count",
    ),
    "decided_percentage_is_cut_from_whom_it_does_not_except": (
        "models/marts/deductions/fct_deductions.sql",
        "sanctions.answer = 'none' or found.employee_id = any(sanctions.excepted) then 0",
        "sanctions.answer = 'none' then 0",
    ),
    "decided_rupiah_is_cut_from_whom_it_does_not_except": (
        "models/marts/deductions/fct_deductions.sql",
        "case when found.employee_id = any(sanctions.excepted) then null else sanctions.amount_idr end",
        "sanctions.amount_idr",
    ),
    "decided_row_replaces_the_percentage_of_the_rule": (
        "models/marts/deductions/fct_deductions.sql",
        "else sanctions.pct", "else coalesce(found.seed_pct, sanctions.pct)",
    ),
    "month_is_computed_while_open_and_frozen_once_locked": (
        "models/marts/deductions/fct_monthly_deductions.sql",
        "closed_months.transition_id = month_states.frozen_id", "closed_months.month = month_states.month",
    ),
    "susulan_is_what_is_known_now_less_what_was_closed": (
        "models/marts/decisions/rpt_susulan.sql",
        "changed_cuts.approval_id > month_states.approval_id", "changed_cuts.approval_id < month_states.approval_id",
    ),
    "month_is_over_when_its_last_day_is": (
        "models/marts/decisions/rpt_month_states.sql", "<= moment.as_of_local", "< moment.as_of_local",
    ),
    "a_request_waits_past_its_deadline_and_where_the_rule_refused_it": (
        "models/marts/decisions/rpt_decisions_waiting.sql",
        "current_build.as_of::date > pending.deadline", "current_build.as_of::date >= pending.deadline",
    ),
    "waiting_are_sanctions_months_and_pins_until_decided": (
        "models/marts/decisions/rpt_decisions_waiting.sql",
        "claims.pin is null and pin_decisions.pin is null", "claims.pin is null",
    ),
}  # fmt: skip
UNCHANGED = "own_assignment_beats_group_beats_office"


def examples(models: Path) -> list[dict[str, Any]]:
    """The unit tests of a folder of models."""
    return [
        example
        for path in sorted(models.rglob("_*unit_tests*.yml"))
        for example in yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]
    ]


def uneven(found: list[dict[str, Any]]) -> list[str]:
    """Examples whose expected rows name different columns: dbt goes by place and would compare the wrong ones."""
    return [
        example["name"] for example in found if len({tuple(row) for row in example["expect"]["rows"]}) > 1
    ]  # fmt: skip


@pytest.mark.unit
@pytest.mark.parametrize("room", ROOMS)
def test_each_example_says_its_arithmetic_under_a_name_that_fits(room: str) -> None:
    found = examples(DBT_PROJECT / "models" / room)

    assert found
    assert [each["name"] for each in found if not each.get("description")] == []
    assert [each["name"] for each in found if len(each["name"]) > LONGEST_NAME] == []


@pytest.mark.unit
def test_expected_rows_name_the_same_columns() -> None:
    assert uneven(examples(DBT_PROJECT / "models")) == []


@pytest.mark.unit
def test_an_expected_row_with_columns_of_its_own_is_seen() -> None:
    assert uneven([{"name": "x_is_y", "expect": {"rows": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}}]) == ["x_is_y"]


@pytest.fixture(scope="module")
def red(town: Town, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Examples that fail in a copy of the project in which every rule above is changed."""
    work = tmp_path_factory.mktemp("changed")
    project = work / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    for file, rule, other in CHANGES.values():
        text = (project / file).read_text(encoding="utf-8")
        assert rule in text, f"{file}: {rule}"
        (project / file).write_text(text.replace(rule, other), encoding="utf-8")
    # A target folder of its own: the town's remembers where its project lies.
    apart = town.settings.model_copy(update={"var_dir": work / "var"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warehouse.dbt_run.DBT_PROJECT", project)
        with pytest.raises(Problem, match="differs"):
            run_dbt(apart, ["test", "--select", *CHANGES, UNCHANGED])
    results = json.loads((apart.dbt_dir / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    assert {result["status"] for result in results} == {"pass", "fail"}, "an error is no answer"
    return {result["unique_id"].split(".")[-1] for result in results if result["status"] == "fail"}


@pytest.mark.dbt
@pytest.mark.parametrize("example", CHANGES)
def test_a_changed_rule_turns_its_example_red(example: str, red: set[str]) -> None:
    assert example in red


@pytest.mark.dbt
def test_an_example_of_an_unchanged_rule_stays_green(red: set[str]) -> None:
    assert UNCHANGED not in red
