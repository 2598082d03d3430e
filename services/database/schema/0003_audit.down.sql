-- Lost: what the judge said of audited items, and alarms. Answers to audited items stay.

DROP TABLE promise_alarm, audit_item, calibration;
