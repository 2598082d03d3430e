-- Lost: the guidelines of orders, and the comments on them.
DROP TABLE guideline_comment, order_guideline;
DROP FUNCTION keep_guideline;
