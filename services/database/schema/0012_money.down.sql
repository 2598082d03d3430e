-- Lost: the ledger, invoices and credit notes.
DROP TABLE credit_note, invoice_line, invoice, ledger_line, ledger_entry;
DROP FUNCTION check_balance;
DELETE FROM legal_transition WHERE machine = 'invoice';
