"""A second opinion on what a month costs a person: plain Python over the same seeds, no SQL, nothing of the product.

It reads the law as rows (the seeds, and a site folder's `regulation/` in the same form), takes a person's punches,
roster, papers and events as facts, and answers day statuses, cuts and the month's totals. Written from the texts and
from docs/rule_decisions.md, so that a slip in the models shows as a difference. All sums are exact fractions; rupiah
are rounded once, half up, at the very end.

Each file knows those before it: `seeds` and `facts`, `shifts`, `days`, `cuts`, `counts`, `months`.

Not covered: several regulations' measures in one shift over midnight, corrections and disowned punches, drift of a
terminal's clock, decisions of leaders about events, outages with paper lists, stated counters, yearly ladders.
"""
