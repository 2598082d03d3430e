-- Money: a ledger of double entries in whole minor units, invoices for what was accepted, credit notes.

CREATE TABLE ledger_entry (
    id        text COLLATE "C" PRIMARY KEY DEFAULT new_id('led'),
    tenant_id text COLLATE "C" NOT NULL,
    order_id  text COLLATE "C" NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('contract', 'invoice', 'credit', 'release', 'payment')),
    ref       text COLLATE "C" NOT NULL,  -- what it is for: a quote, an invoice, a credit note, a payment
    currency  text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    at        timestamptz NOT NULL,
    UNIQUE (order_id, kind, ref),         -- nothing is booked twice
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES contract (tenant_id, id)
);
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A debit is above zero, a credit below. 'backlog' and 'commitment' keep what is contracted and not invoiced.
CREATE TABLE ledger_line (
    tenant_id text COLLATE "C" NOT NULL,
    entry_id  text COLLATE "C" NOT NULL,
    account   text NOT NULL CHECK (account IN (
                  'backlog', 'commitment', 'receivable', 'revenue', 'credits', 'cash')),
    amount    bigint NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (entry_id, account),
    FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger_entry (tenant_id, id)
);
CREATE TRIGGER ledger_line_append_only BEFORE UPDATE OR DELETE ON ledger_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry text := coalesce(to_jsonb(NEW)->>'entry_id', to_jsonb(NEW)->>'id');
    lines bigint;
    rest numeric;
BEGIN
    SELECT count(*), sum(amount) INTO lines, rest FROM ledger_line WHERE entry_id = entry;
    IF lines < 2 OR rest <> 0 THEN
        RAISE EXCEPTION 'ledger entry % does not balance: % lines, % left over', entry, lines, rest
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_balance();
CREATE CONSTRAINT TRIGGER ledger_line_balances AFTER INSERT ON ledger_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_balance();

INSERT INTO legal_transition VALUES
    ('invoice', 'draft', 'open'), ('invoice', 'draft', 'void'), ('invoice', 'open', 'paid'),
    ('invoice', 'open', 'void');

CREATE TABLE invoice (
    id        text COLLATE "C" PRIMARY KEY DEFAULT new_id('inv'),
    tenant_id text COLLATE "C" NOT NULL,
    order_id  text COLLATE "C" NOT NULL,
    batch_id  text COLLATE "C" NOT NULL UNIQUE,       -- a batch is invoiced once
    n         int NOT NULL CHECK (n > 0),             -- of the tenant's invoices, without gaps
    state     text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'open', 'paid', 'void')),
    number    int NOT NULL,                           -- the production batch that it is a part of
    units     int NOT NULL CHECK (units > 0),
    items     int NOT NULL CHECK (items > 0),
    currency  text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    total     bigint NOT NULL CHECK (total >= 0),
    open      bigint NOT NULL CHECK (open BETWEEN 0 AND total),
    opened_at timestamptz NOT NULL,
    due_at    timestamptz NOT NULL,
    paid_at   timestamptz,
    version   int NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, n),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES contract (tenant_id, id),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id),
    CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
    CHECK (state <> 'paid' OR open = 0)
);
CREATE INDEX invoice_page ON invoice (tenant_id, id DESC);
CREATE INDEX invoice_of_number ON invoice (order_id, number);
CREATE TRIGGER invoice_transition BEFORE UPDATE OF state ON invoice FOR EACH ROW
    WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION check_transition('invoice');

CREATE TABLE invoice_line (
    tenant_id    text COLLATE "C" NOT NULL,
    invoice_id   text COLLATE "C" NOT NULL,
    n            int NOT NULL CHECK (n > 0),
    kind         text NOT NULL CHECK (kind IN ('data', 'people', 'proof')),
    text         text NOT NULL,
    quantity     int NOT NULL,
    unit_price   bigint NOT NULL,
    discount_pct double precision NOT NULL,
    discount     bigint NOT NULL,
    amount       bigint NOT NULL CHECK (amount = quantity * unit_price - discount),
    PRIMARY KEY (invoice_id, n),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
);
CREATE TRIGGER invoice_line_append_only BEFORE UPDATE OR DELETE ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- 'late' is owed to the lab; 'rejected' and 'cancelled' take off what is not to be delivered any more.
CREATE TABLE credit_note (
    id         text COLLATE "C" PRIMARY KEY DEFAULT new_id('cre'),
    tenant_id  text COLLATE "C" NOT NULL,
    order_id   text COLLATE "C" NOT NULL,
    batch_id   text COLLATE "C",                      -- NULL: of the whole order
    invoice_id text COLLATE "C",
    kind       text NOT NULL CHECK (kind IN ('late', 'rejected', 'cancelled')),
    reason     text NOT NULL,
    amount     bigint NOT NULL CHECK (amount > 0),
    currency   text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    at         timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (order_id, batch_id, kind),
    FOREIGN KEY (tenant_id, order_id) REFERENCES contract (tenant_id, id),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
    CHECK ((kind = 'late') = (invoice_id IS NOT NULL))
);
CREATE INDEX credit_note_page ON credit_note (tenant_id, id DESC);
CREATE TRIGGER credit_note_append_only BEFORE UPDATE OR DELETE ON credit_note
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
