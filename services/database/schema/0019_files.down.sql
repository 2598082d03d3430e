-- Lost: the list of what labs sent in; the files stay where they are.
DROP TABLE lab_file;
