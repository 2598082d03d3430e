-- Lost: what labs asked to be exported; the files stay where they are.
DROP TABLE operation;
