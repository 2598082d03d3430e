-- Who got what: a content that one order has exclusively is granted to no other, whatever the program does.

-- One row for each content that is granted, across all tenants. `owner` is the order that has it exclusively, ''
-- where many may have it.
CREATE TABLE content_claim (
    content_key     bytea PRIMARY KEY CHECK (octet_length(content_key) = 32),
    mode            text NOT NULL CHECK (mode IN ('exclusive', 'shared')),
    owner           text COLLATE "C" NOT NULL,
    exclusive_until date,
    UNIQUE (content_key, mode, owner),
    CHECK ((mode = 'shared') = (owner = '')),
    CHECK (exclusive_until IS NULL OR mode = 'exclusive')
);

-- An item is granted under two keys: its prompt, and all of it.
CREATE TABLE item_grant (
    tenant_id   text COLLATE "C" NOT NULL,
    order_id    text COLLATE "C" NOT NULL,
    batch_id    text COLLATE "C" NOT NULL,
    item_id     text COLLATE "C" NOT NULL,
    part        text NOT NULL CHECK (part IN ('prompt', 'whole')),
    content_key bytea NOT NULL,
    mode        text NOT NULL,
    owner       text COLLATE "C" NOT NULL,
    PRIMARY KEY (order_id, item_id, part),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
    -- CASCADE: when what was exclusive becomes shared, its grants say so
    FOREIGN KEY (content_key, mode, owner) REFERENCES content_claim (content_key, mode, owner)
        ON UPDATE CASCADE,
    CHECK (mode = 'shared' OR owner = order_id)
);
CREATE UNIQUE INDEX item_grant_once ON item_grant (order_id, content_key) WHERE part = 'whole';
CREATE INDEX item_grant_of_content ON item_grant (content_key);

-- What prompts that somebody has exclusively are found again by when they are nearly the same.
CREATE TABLE near_prompt (
    realm       text COLLATE "C" NOT NULL,  -- '' for all that is live; each rehearsal is one of its own
    content_key bytea PRIMARY KEY REFERENCES content_claim ON DELETE CASCADE,
    signature   bytea NOT NULL,     -- MinHash, uint32 each
    bands       bigint[] NOT NULL,  -- hashes of its bands
    vector      bytea,              -- embedding, float16 each; NULL where there is none
    buckets     bigint[]            -- hashes of its sides of random planes
);
CREATE INDEX near_prompt_bands ON near_prompt USING gin (bands);
CREATE INDEX near_prompt_buckets ON near_prompt USING gin (buckets);

-- The platform's own keys: what it signs with them is checked with what it publishes of them.
CREATE TABLE platform_key (
    id         text COLLATE "C" PRIMARY KEY DEFAULT new_id('pky'),
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),  -- Ed25519
    sealed     bytea NOT NULL,
    place      text NOT NULL UNIQUE,  -- what it is sealed for
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);
CREATE UNIQUE INDEX platform_key_in_use ON platform_key ((true)) WHERE retired_at IS NULL;
