-- The guidelines of an order, which both sides write in versions until the lab approves one. What a version says is
-- never changed; it is approved once, and frozen once.
CREATE TABLE order_guideline (
    tenant_id   text COLLATE "C" NOT NULL,
    order_id    text COLLATE "C" NOT NULL,
    n           int NOT NULL CHECK (n > 0),
    body        text NOT NULL CHECK (length(body) <= 100000),
    rubric      jsonb NOT NULL,
    change_note text NOT NULL,
    change      text NOT NULL CHECK (change IN ('minor', 'breaking')),
    sha256      text NOT NULL,
    author      text NOT NULL,
    at          timestamptz NOT NULL,
    approved_by text,
    approved_at timestamptz,
    frozen_at   timestamptz,
    PRIMARY KEY (order_id, n),
    FOREIGN KEY (tenant_id, order_id) REFERENCES contract (tenant_id, id),
    CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CHECK (frozen_at IS NULL OR approved_at IS NOT NULL)
);

CREATE FUNCTION keep_guideline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (OLD.tenant_id, OLD.order_id, OLD.n, OLD.body, OLD.rubric, OLD.change_note, OLD.change, OLD.sha256,
           OLD.author, OLD.at) IS DISTINCT FROM
          (NEW.tenant_id, NEW.order_id, NEW.n, NEW.body, NEW.rubric, NEW.change_note, NEW.change, NEW.sha256,
           NEW.author, NEW.at)
       OR (OLD.approved_at IS NOT NULL AND (OLD.approved_at, OLD.approved_by) IS DISTINCT FROM
                                           (NEW.approved_at, NEW.approved_by))
       OR (OLD.frozen_at IS NOT NULL AND OLD.frozen_at IS DISTINCT FROM NEW.frozen_at) THEN
        RAISE EXCEPTION 'a version of a guideline is never changed: write a new one'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_guideline_kept BEFORE UPDATE OR DELETE ON order_guideline
    FOR EACH ROW EXECUTE FUNCTION keep_guideline();

CREATE TABLE guideline_comment (
    id        text COLLATE "C" PRIMARY KEY DEFAULT new_id('gco'),
    tenant_id text COLLATE "C" NOT NULL,
    order_id  text COLLATE "C" NOT NULL,
    n         int NOT NULL,
    line      int CHECK (line > 0),
    author    text NOT NULL,
    body      text NOT NULL CHECK (length(body) BETWEEN 1 AND 5000),
    at        timestamptz NOT NULL,
    FOREIGN KEY (tenant_id, order_id) REFERENCES contract (tenant_id, id),
    FOREIGN KEY (order_id, n) REFERENCES order_guideline (order_id, n)
);
CREATE INDEX guideline_comment_page ON guideline_comment (order_id, n, id);
