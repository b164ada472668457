-- What employees object to, with the answer where there is one.
select
    objections.objection_id,
    objections.employee_id,
    objections.month,
    objections.work_date,
    objections.event_id,
    objections.deduction_id,
    objections.objection_text,
    objections.filed_on,
    objections.letter_no,
    answers.answer,
    answers.answer_text,
    answers.decided_by as answered_by,
    answers.role as answered_role,
    answers.letter_no as answer_letter_no,
    answers.decided_at as answered_at
from {{ source('ops', 'objections') }} as objections
left join {{ source('ops', 'objection_answers') }} as answers on objections.objection_id = answers.objection_id
