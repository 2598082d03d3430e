-- Lost: the keys of labs' own endpoints.
DROP TABLE credential;
