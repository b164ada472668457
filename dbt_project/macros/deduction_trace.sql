{#-
    Where a cut comes from: the punch that was judged, all punches of the shift, roster, excuse, rule and decision. Reads the
    relation `decided` of the model that calls it.
-#}
{% macro deduction_trace() %}
    jsonb_build_object(
        'undecided_code', decided.undecided_code,
        'judged', case
            when decided.punched_at_local is not null
                then jsonb_build_object(
                    'terminal_serial', decided.terminal_serial,
                    'punched_at_local', decided.punched_at_local,
                    'ordinal', decided.ordinal,
                    'pull_id', decided.pull_id,
                    'clock_drift_s', decided.clock_drift_s
                )
        end,
        'punches', decided.punches,
        'roster', jsonb_build_object(
            'schedule_code', decided.schedule_code,
            'shift_no', decided.shift_no,
            'starts_at_local', decided.starts_at_local,
            'ends_at_local', decided.ends_at_local
        ),
        'excuse', case
            when decided.excuse_id is not null
                then jsonb_build_object('excuse_id', decided.excuse_id, 'kind', decided.excuse_kind)
        end,
        'rule', jsonb_build_object(
            'rule_code', decided.rule_code,
            'from_minute', decided.first_minute,
            'to_minute', decided.end_minute,
            'from_time', decided.first_time,
            'to_time', decided.end_time,
            'leave_month', decided.leave_month,
            'workdays', decided.workday_count,
            'share_pct', decided.share_pct,
            'pct', decided.rule_pct,
            'decided_by', decided.decider,
            'note', decided.note
        ),
        'decision', case
            when decided.approval_id is not null
                then jsonb_build_object(
                    'approval_id', decided.approval_id,
                    'answer', decided.sanction_answer,
                    'is_excepted', decided.is_excepted,
                    'decided_by', decided.sanction_decided_by,
                    'role', decided.sanction_role,
                    'letter_no', decided.sanction_letter_no,
                    'decided_at', decided.sanction_decided_at
                )
        end
    )
{% endmacro %}
