"""The hand-over of a closed month to those who pay: per office one workbook and lists, always the same bytes."""
