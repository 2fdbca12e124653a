"""The rules of the rows: keys, checks, indexes, and the tables that the kernel reads and writes in SQL only.

Tortoise drops `Meta.constraints` on CREATE TABLE without a word, so every CHECK, UNIQUE and EXCLUDE stands here;
`tests/architecture/test_constraints.py` compares the database with a list.
"""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

EXTENSIONS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements') THEN
        CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
    END IF;
END $$;
"""

KERNEL = """
CREATE TABLE client_key (
    company_id uuid NOT NULL,
    member_id uuid NOT NULL,
    act text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    answer_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT client_key_pkey PRIMARY KEY (company_id, member_id, act, key)
);
CREATE INDEX client_key_created_at ON client_key (created_at);

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    network_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    version integer NOT NULL,
    what text NOT NULL,
    audience uuid[] NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL
);

CREATE TABLE publisher (
    id integer PRIMARY KEY CONSTRAINT publisher_one_row CHECK (id = 1),
    last_no bigint NOT NULL DEFAULT 0,
    oldest_no bigint NOT NULL DEFAULT 1
);
INSERT INTO publisher (id) VALUES (1);

CREATE TABLE event (
    delivery_no bigint NOT NULL,
    outbox_id bigint NOT NULL,
    kind text NOT NULL,
    network_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    version integer NOT NULL,
    what text NOT NULL,
    payload jsonb NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (delivery_no)
) PARTITION BY RANGE (delivery_no);
CREATE INDEX event_subject ON event (subject_id, delivery_no);
CREATE TABLE event_p0 PARTITION OF event FOR VALUES FROM (MINVALUE) TO (1000000);
CREATE TABLE event_rest PARTITION OF event DEFAULT;

CREATE TABLE event_audience (
    company_id uuid NOT NULL,
    delivery_no bigint NOT NULL,
    CONSTRAINT event_audience_pkey PRIMARY KEY (company_id, delivery_no)
) PARTITION BY RANGE (delivery_no);
CREATE TABLE event_audience_p0 PARTITION OF event_audience FOR VALUES FROM (MINVALUE) TO (1000000);
CREATE TABLE event_audience_rest PARTITION OF event_audience DEFAULT;

CREATE TABLE event_reader (
    name text PRIMARY KEY,
    last_no bigint NOT NULL DEFAULT 0
);
INSERT INTO event_reader (name) VALUES ('reactions'), ('notifications');

CREATE TABLE inbox (
    source text NOT NULL,
    message_id text NOT NULL,
    payload jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    tries int NOT NULL DEFAULT 0,
    retry_at timestamptz,
    trouble text,
    CONSTRAINT inbox_pkey PRIMARY KEY (source, message_id)
);
CREATE INDEX inbox_waiting ON inbox (received_at) WHERE done_at IS NULL;

CREATE TABLE job_done (
    job_id text PRIMARY KEY,
    done_at timestamptz NOT NULL DEFAULT now()
);

CREATE SEQUENCE order_number;

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only';
END $$;
"""

DEFAULTS = """
ALTER TABLE company ALTER status SET DEFAULT 'active', ALTER created_at SET DEFAULT now();
ALTER TABLE network ALTER time_zone SET DEFAULT 'Asia/Shanghai', ALTER created_at SET DEFAULT now();
ALTER TABLE trade_relation ALTER status SET DEFAULT 'active', ALTER level SET DEFAULT 1,
    ALTER tax_mode SET DEFAULT 'included', ALTER funding SET DEFAULT 'credit', ALTER net_days SET DEFAULT 30,
    ALTER ship_to_approval SET DEFAULT false, ALTER grants_money_to_brand SET DEFAULT false,
    ALTER version SET DEFAULT 1, ALTER created_at SET DEFAULT now();
ALTER TABLE territory_grant ALTER exclusive SET DEFAULT false, ALTER created_at SET DEFAULT now();
ALTER TABLE ship_to ALTER status SET DEFAULT 'active', ALTER version SET DEFAULT 1, ALTER created_at SET DEFAULT now();
ALTER TABLE ship_to_approval ALTER created_at SET DEFAULT now();
ALTER TABLE person ALTER created_at SET DEFAULT now();
ALTER TABLE identity ALTER created_at SET DEFAULT now();
ALTER TABLE membership ALTER status SET DEFAULT 'active', ALTER version SET DEFAULT 1,
    ALTER created_at SET DEFAULT now();
ALTER TABLE invitation ALTER created_at SET DEFAULT now();
ALTER TABLE session ALTER created_at SET DEFAULT now();
ALTER TABLE category ALTER position SET DEFAULT 0;
ALTER TABLE product ALTER description_zh SET DEFAULT '', ALTER description_en SET DEFAULT '',
    ALTER attributes SET DEFAULT '{}', ALTER version SET DEFAULT 1, ALTER created_at SET DEFAULT now();
ALTER TABLE media ALTER kind SET DEFAULT 'image', ALTER position SET DEFAULT 0;
ALTER TABLE sku ALTER stocked SET DEFAULT true, ALTER search_text SET DEFAULT '', ALTER latin_text SET DEFAULT '',
    ALTER created_at SET DEFAULT now();
ALTER TABLE sku_unit ALTER weight_g SET DEFAULT 0, ALTER volume_cm3 SET DEFAULT 0;
ALTER TABLE listing ALTER on_sale SET DEFAULT true, ALTER availability_display SET DEFAULT 'exact',
    ALTER restricted SET DEFAULT false, ALTER version SET DEFAULT 1, ALTER created_at SET DEFAULT now();
ALTER TABLE warehouse ALTER priority SET DEFAULT 0, ALTER status SET DEFAULT 'active',
    ALTER created_at SET DEFAULT now();
ALTER TABLE stock_level ALTER on_hand SET DEFAULT 0, ALTER reserved SET DEFAULT 0, ALTER allocated SET DEFAULT 0,
    ALTER held SET DEFAULT 0;
ALTER TABLE reservation ALTER stage SET DEFAULT 'reserved';
ALTER TABLE stock_move ALTER seq SET DEFAULT 0, ALTER at SET DEFAULT now();
ALTER TABLE ledger_account ALTER balance_minor SET DEFAULT 0, ALTER held_minor SET DEFAULT 0;
ALTER TABLE ledger_transfer ALTER memo SET DEFAULT '';
ALTER TABLE ledger_hold ALTER stage SET DEFAULT 'pending', ALTER posted_minor SET DEFAULT 0, ALTER voided_minor SET DEFAULT 0,
    ALTER created_at SET DEFAULT now();
ALTER TABLE credit_line ALTER version SET DEFAULT 1;
ALTER TABLE price_list ALTER tax_included SET DEFAULT true, ALTER priority SET DEFAULT 0,
    ALTER status SET DEFAULT 'active', ALTER version SET DEFAULT 1, ALTER created_at SET DEFAULT now();
ALTER TABLE price_row ALTER min_quantity SET DEFAULT 0;
ALTER TABLE cart ALTER version SET DEFAULT 1, ALTER updated_at SET DEFAULT now();
ALTER TABLE sales_order ALTER kind SET DEFAULT 'standard', ALTER status SET DEFAULT 'submitted',
    ALTER payment_status SET DEFAULT 'unpaid', ALTER fulfilment_status SET DEFAULT 'none',
    ALTER version SET DEFAULT 1, ALTER net_days SET DEFAULT 30, ALTER delivery_method SET DEFAULT 'delivery',
    ALTER discount_minor SET DEFAULT 0, ALTER freight_gross_minor SET DEFAULT 0, ALTER freight_tax_minor SET DEFAULT 0,
    ALTER freight_tax_rate_bp SET DEFAULT 0, ALTER freight_cancelled_minor SET DEFAULT 0,
    ALTER freight_shipped_minor SET DEFAULT 0, ALTER cancelled_minor SET DEFAULT 0, ALTER shipped_minor SET DEFAULT 0;
ALTER TABLE sales_order_line ALTER stocked SET DEFAULT true, ALTER price_trace SET DEFAULT '[]',
    ALTER discount_minor SET DEFAULT 0, ALTER cancelled SET DEFAULT 0, ALTER allocated SET DEFAULT 0,
    ALTER in_shipment SET DEFAULT 0, ALTER shipped SET DEFAULT 0, ALTER delivered SET DEFAULT 0,
    ALTER rejected SET DEFAULT 0, ALTER returned SET DEFAULT 0, ALTER cancelled_minor SET DEFAULT 0,
    ALTER shipped_minor SET DEFAULT 0, ALTER shipped_tax_minor SET DEFAULT 0, ALTER settled SET DEFAULT 0, ALTER settled_minor SET DEFAULT 0;
ALTER TABLE sales_order_line_discount ALTER kind SET DEFAULT 'manual', ALTER created_at SET DEFAULT now();
ALTER TABLE sales_order_event ALTER details SET DEFAULT '{}';
ALTER TABLE cancellation_request ALTER status SET DEFAULT 'open', ALTER lines SET DEFAULT '[]',
    ALTER created_at SET DEFAULT now();
ALTER TABLE freight_rule ALTER base_minor SET DEFAULT 0, ALTER per_kg_minor SET DEFAULT 0,
    ALTER per_m3_minor SET DEFAULT 0, ALTER created_at SET DEFAULT now();
ALTER TABLE shipment ALTER status SET DEFAULT 'shipped', ALTER version SET DEFAULT 1;
ALTER TABLE shipment_line ALTER delivered SET DEFAULT 0, ALTER rejected SET DEFAULT 0;
ALTER TABLE shipment_package ALTER status SET DEFAULT 'shipped';
ALTER TABLE waybill ALTER created_at SET DEFAULT now(), ALTER tries SET DEFAULT 0;
"""

NETWORK = """
ALTER TABLE company ADD CONSTRAINT company_status_known CHECK (status IN ('active', 'suspended'));
CREATE UNIQUE INDEX company_registration_code ON company (registration_code) WHERE registration_code IS NOT NULL;
CREATE INDEX region_path ON region (path text_pattern_ops);
CREATE INDEX network_brand ON network (brand_id);
ALTER TABLE trade_relation
    ADD CONSTRAINT trade_relation_parties UNIQUE (network_id, seller_id, buyer_id),
    ADD CONSTRAINT trade_relation_in_network UNIQUE (network_id, id),
    ADD CONSTRAINT trade_relation_two_parties CHECK (seller_id <> buyer_id),
    ADD CONSTRAINT trade_relation_status_known CHECK (status IN ('active', 'suspended', 'ended')),
    ADD CONSTRAINT trade_relation_tax_mode_known CHECK (tax_mode IN ('included', 'excluded')),
    ADD CONSTRAINT trade_relation_funding_known CHECK (funding IN ('credit', 'prepayment')),
    ADD CONSTRAINT trade_relation_terms CHECK (net_days >= 0 AND level >= 1
        AND (order_minimum_minor IS NULL OR order_minimum_minor >= 0)
        AND (reservation_minutes IS NULL OR reservation_minutes > 0));
CREATE INDEX trade_relation_seller ON trade_relation (seller_id, id);
CREATE INDEX trade_relation_customer_code ON trade_relation (seller_id, customer_code)
    WHERE customer_code IS NOT NULL;
CREATE INDEX trade_relation_buyer ON trade_relation (buyer_id, id);
ALTER TABLE territory_grant ADD CONSTRAINT territory_grant_once UNIQUE (network_id, company_id, region_id);
CREATE UNIQUE INDEX territory_grant_exclusive ON territory_grant (network_id, region_id) WHERE exclusive;
ALTER TABLE ship_to ADD CONSTRAINT ship_to_status_known CHECK (status IN ('active', 'closed'));
CREATE INDEX ship_to_company ON ship_to (company_id, id);
ALTER TABLE ship_to_approval ADD CONSTRAINT ship_to_approval_once UNIQUE (relation_id, ship_to_id);
CREATE UNIQUE INDEX person_login ON person (login) WHERE login IS NOT NULL;
ALTER TABLE identity ADD CONSTRAINT identity_open_id UNIQUE (provider, app_id, open_id);
CREATE INDEX identity_person ON identity (person_id);
ALTER TABLE membership
    ADD CONSTRAINT membership_once UNIQUE (person_id, company_id),
    ADD CONSTRAINT membership_status_known CHECK (status IN ('active', 'suspended')),
    ADD CONSTRAINT membership_has_role CHECK (cardinality(roles) > 0);
CREATE INDEX membership_company ON membership (company_id, id);
CREATE UNIQUE INDEX invitation_code ON invitation (code_hash);
CREATE INDEX invitation_company ON invitation (company_id, id);
CREATE UNIQUE INDEX session_refresh ON session (refresh_hash);
CREATE INDEX session_previous ON session (previous_hash) WHERE previous_hash IS NOT NULL;
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_membership ON session (membership_id);
"""

CATALOG = """
ALTER TABLE tax_class ADD CONSTRAINT tax_class_code UNIQUE (network_id, code);
ALTER TABLE tax_rate
    ADD CONSTRAINT tax_rate_range CHECK (rate_bp BETWEEN 0 AND 10000),
    ADD CONSTRAINT tax_rate_dates CHECK (valid_to IS NULL OR valid_to > valid_from),
    ADD CONSTRAINT tax_rate_no_overlap EXCLUDE USING gist
        (tax_class_id WITH =, tstzrange(valid_from, valid_to) WITH &&);
ALTER TABLE category ADD CONSTRAINT category_code UNIQUE (network_id, code);
CREATE INDEX category_path ON category (network_id, path text_pattern_ops);
CREATE INDEX category_parent ON category (parent_id);
ALTER TABLE product ADD CONSTRAINT product_code UNIQUE (network_id, code);
CREATE INDEX product_category ON product (category_id);
CREATE INDEX media_product ON media (product_id, position);
ALTER TABLE sku
    ADD CONSTRAINT sku_code UNIQUE (network_id, code),
    ADD CONSTRAINT sku_in_network UNIQUE (network_id, id),
    ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED;
CREATE INDEX sku_product ON sku (product_id);
CREATE INDEX sku_search ON sku USING gin (search);
CREATE INDEX sku_latin ON sku USING gin (latin_text gin_trgm_ops);
CREATE INDEX sku_code_prefix ON sku (network_id, lower(code) text_pattern_ops);
CREATE INDEX sku_name_zh ON sku (network_id, coalesce(nullif(name_zh, ''), name_en), id);
CREATE INDEX sku_name_en ON sku (network_id, coalesce(nullif(name_en, ''), name_zh), id);
CREATE FUNCTION sku_spelt_like(network uuid, words text) RETURNS SETOF uuid LANGUAGE sql STABLE
    SET pg_trgm.word_similarity_threshold = 0.4 AS
$$ SELECT id FROM (SELECT id, latin_text FROM sku WHERE network_id = network AND words <% latin_text LIMIT 2000) alike
   ORDER BY words <<-> latin_text LIMIT 200 $$;
ALTER TABLE sku_unit
    ADD CONSTRAINT sku_unit_once UNIQUE (sku_id, unit),
    ADD CONSTRAINT sku_unit_measures CHECK (factor > 0 AND weight_g >= 0 AND volume_cm3 >= 0);
ALTER TABLE listing
    ADD CONSTRAINT listing_once UNIQUE (network_id, seller_id, sku_id),
    ADD CONSTRAINT listing_sku_in_network FOREIGN KEY (network_id, sku_id) REFERENCES sku (network_id, id),
    ADD CONSTRAINT listing_quantities CHECK ((minimum IS NULL OR minimum >= 0) AND (multiple IS NULL OR multiple > 0)
        AND (maximum IS NULL OR maximum >= COALESCE(minimum, 0))),
    ADD CONSTRAINT listing_display_known CHECK (availability_display IN ('exact', 'steps'));
CREATE INDEX listing_sku ON listing (sku_id, seller_id);
CREATE INDEX listing_seller ON listing (seller_id, id);
ALTER TABLE listing_audience ADD CONSTRAINT listing_audience_once UNIQUE (listing_id, relation_id);
CREATE INDEX listing_audience_relation ON listing_audience (relation_id);
"""

INVENTORY = """
ALTER TABLE warehouse
    ADD CONSTRAINT warehouse_code UNIQUE (network_id, company_id, code),
    ADD CONSTRAINT warehouse_status_known CHECK (status IN ('active', 'closed'));
CREATE INDEX warehouse_company ON warehouse (company_id, network_id);
ALTER TABLE stock_level
    ADD CONSTRAINT stock_level_once UNIQUE (sku_id, warehouse_id),
    ADD CONSTRAINT stock_level_not_negative CHECK (on_hand >= 0 AND reserved >= 0 AND allocated >= 0 AND held >= 0),
    ADD CONSTRAINT stock_level_not_oversold CHECK (reserved + allocated + held <= on_hand),
    ADD CONSTRAINT stock_level_sku_in_network FOREIGN KEY (network_id, sku_id) REFERENCES sku (network_id, id);
CREATE INDEX stock_level_warehouse ON stock_level (warehouse_id, sku_id);
ALTER TABLE reservation
    ADD CONSTRAINT reservation_once UNIQUE (order_line_id, warehouse_id),
    ADD CONSTRAINT reservation_quantity CHECK (quantity >= 0),
    ADD CONSTRAINT reservation_stage_known CHECK (stage IN ('reserved', 'allocated')),
    ADD CONSTRAINT reservation_order FOREIGN KEY (order_id) REFERENCES sales_order (id),
    ADD CONSTRAINT reservation_order_line FOREIGN KEY (order_line_id) REFERENCES sales_order_line (id);
CREATE INDEX reservation_of_order ON reservation (order_id);
CREATE INDEX reservation_open ON reservation (sku_id, warehouse_id) WHERE quantity > 0;
CREATE INDEX reservation_expiring ON reservation (expires_at)
    WHERE quantity > 0 AND stage = 'reserved' AND expires_at IS NOT NULL;
ALTER TABLE stock_move
    ADD CONSTRAINT stock_move_once UNIQUE (document_id, warehouse_id, sku_id, seq),
    ADD CONSTRAINT stock_move_reason_known CHECK (reason IN ('receipt', 'adjustment', 'shipment')),
    ADD CONSTRAINT stock_move_moves CHECK (quantity <> 0);
CREATE INDEX stock_move_of_stock ON stock_move (sku_id, warehouse_id, at);
"""

LEDGER = """
ALTER TABLE ledger_account
    ADD CONSTRAINT ledger_account_once UNIQUE (relation_id, kind, currency),
    ADD CONSTRAINT ledger_account_relation FOREIGN KEY (network_id, relation_id)
        REFERENCES trade_relation (network_id, id),
    ADD CONSTRAINT ledger_account_kind_known
        CHECK (kind IN ('receivable', 'prepayment', 'clearing', 'revenue', 'output_tax')),
    ADD CONSTRAINT ledger_account_held CHECK (held_minor >= 0),
    ADD CONSTRAINT ledger_account_prepaid_covers_held CHECK (kind <> 'prepayment' OR held_minor <= -balance_minor),
    ADD CONSTRAINT ledger_account_holds_where CHECK (held_minor = 0 OR kind IN ('receivable', 'prepayment'));
ALTER TABLE ledger_transfer
    ADD CONSTRAINT ledger_transfer_once UNIQUE (kind, document_id),
    ADD CONSTRAINT ledger_transfer_kind_known CHECK (kind IN ('shipment', 'receipt', 'reversal'));
CREATE INDEX ledger_transfer_relation ON ledger_transfer (relation_id, id);
CREATE INDEX ledger_transfer_due ON ledger_transfer (relation_id, due_at) WHERE due_at IS NOT NULL;
ALTER TABLE ledger_entry
    ADD CONSTRAINT ledger_entry_once UNIQUE (transfer_id, seq),
    ADD CONSTRAINT ledger_entry_not_zero CHECK (amount_minor <> 0);
CREATE INDEX ledger_entry_account ON ledger_entry (account_id, id);
ALTER TABLE ledger_hold
    ADD CONSTRAINT ledger_hold_of_order UNIQUE (order_id),
    ADD CONSTRAINT ledger_hold_stage_known CHECK (stage IN ('pending', 'open')),
    ADD CONSTRAINT ledger_hold_parts CHECK (amount_minor = remaining_minor + posted_minor + voided_minor
        AND remaining_minor >= 0 AND posted_minor >= 0 AND voided_minor >= 0);
CREATE INDEX ledger_hold_account ON ledger_hold (account_id) WHERE remaining_minor > 0;
ALTER TABLE credit_line
    ADD CONSTRAINT credit_line_limits CHECK ((limit_minor IS NULL OR limit_minor >= 0)
        AND (temporary_limit_minor IS NULL OR temporary_limit_minor >= 0)
        AND (overdue_block_days IS NULL OR overdue_block_days >= 0));

CREATE FUNCTION ledger_transfer_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
               WHERE e.transfer_id = NEW.transfer_id GROUP BY a.currency HAVING sum(e.amount_minor) <> 0) THEN
        RAISE EXCEPTION 'entries of transfer % do not sum to zero', NEW.transfer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_balances';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transfer_balances AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transfer_balances();

CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_transfer_append_only BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER stock_move_append_only BEFORE UPDATE OR DELETE ON stock_move
    FOR EACH ROW EXECUTE FUNCTION append_only();
"""

PRICING = """
ALTER TABLE price_list
    ADD CONSTRAINT price_list_code UNIQUE (network_id, seller_id, code),
    ADD CONSTRAINT price_list_of_seller UNIQUE (network_id, seller_id, id),
    ADD CONSTRAINT price_list_dates CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_to > valid_from),
    ADD CONSTRAINT price_list_status_known CHECK (status IN ('active', 'ended'));
CREATE INDEX price_list_seller ON price_list (seller_id, id);
ALTER TABLE price_row
    ADD CONSTRAINT price_row_once UNIQUE (price_list_id, sku_id, unit, min_quantity, valid_from),
    ADD CONSTRAINT price_row_not_negative CHECK (unit_price IS NULL OR unit_price >= 0),
    ADD CONSTRAINT price_row_quantity CHECK (min_quantity >= 0),
    ADD CONSTRAINT price_row_dates CHECK (valid_to IS NULL OR valid_to > valid_from);
CREATE INDEX price_row_lookup ON price_row (sku_id, price_list_id)
    INCLUDE (unit, min_quantity, unit_price, valid_from, valid_to);
ALTER TABLE price_assignment
    ADD CONSTRAINT price_assignment_scope CHECK (
        (scope = 'relation' AND relation_id IS NOT NULL AND level IS NULL AND region_id IS NULL)
        OR (scope = 'level' AND level IS NOT NULL AND relation_id IS NULL AND region_id IS NULL)
        OR (scope = 'region' AND region_id IS NOT NULL AND relation_id IS NULL AND level IS NULL)
        OR (scope = 'everybody' AND relation_id IS NULL AND level IS NULL AND region_id IS NULL)),
    ADD CONSTRAINT price_assignment_of_seller FOREIGN KEY (network_id, seller_id, price_list_id)
        REFERENCES price_list (network_id, seller_id, id),
    ADD CONSTRAINT price_assignment_once UNIQUE NULLS NOT DISTINCT
        (price_list_id, scope, relation_id, level, region_id);
CREATE INDEX price_assignment_relation ON price_assignment (relation_id) WHERE relation_id IS NOT NULL;
CREATE INDEX price_assignment_for_many ON price_assignment (network_id, seller_id) WHERE relation_id IS NULL;
"""

ORDERING = """
ALTER TABLE cart_line
    ADD CONSTRAINT cart_line_position UNIQUE (cart_id, position),
    ADD CONSTRAINT cart_line_quantity CHECK (quantity > 0);
ALTER TABLE sales_order
    ADD CONSTRAINT sales_order_number UNIQUE (seller_id, number),
    ADD CONSTRAINT sales_order_desk UNIQUE (id, seller_id)
        INCLUDE (status, relation_id, buyer_id, ship_to_id, number, placed_at, currency, gross_minor, delivery_method),
    ADD CONSTRAINT sales_order_relation FOREIGN KEY (network_id, relation_id)
        REFERENCES trade_relation (network_id, id),
    ADD CONSTRAINT sales_order_status_known CHECK (status IN ('submitted', 'change_proposed', 'confirmed', 'fulfilling',
        'completed', 'cancel_requested', 'cancelled', 'rejected', 'expired', 'closed_short')),
    ADD CONSTRAINT sales_order_payment_status_known CHECK (payment_status IN ('unpaid', 'deposit_paid', 'partial',
        'paid', 'overpaid', 'refunded_part', 'refunded')),
    ADD CONSTRAINT sales_order_fulfilment_status_known CHECK (fulfilment_status IN ('none', 'allocated', 'partial',
        'shipped', 'delivered')),
    ADD CONSTRAINT sales_order_method_known CHECK (delivery_method IN ('delivery', 'pickup', 'collect')),
    ADD CONSTRAINT sales_order_money CHECK (gross_minor = net_minor + tax_minor AND gross_minor >= 0
        AND discount_minor >= 0 AND cancelled_minor >= 0 AND shipped_minor >= 0
        AND cancelled_minor + shipped_minor <= gross_minor),
    ADD CONSTRAINT sales_order_change CHECK ((status = 'change_proposed') = (change_expires_at IS NOT NULL));
CREATE INDEX sales_order_relation_idx ON sales_order (relation_id, id);
CREATE INDEX sales_order_seller ON sales_order (seller_id, id);
CREATE INDEX sales_order_seller_status ON sales_order (seller_id, status, id);
CREATE INDEX sales_order_buyer ON sales_order (buyer_id, id);
CREATE INDEX sales_order_network ON sales_order (network_id, id);
CREATE INDEX sales_order_expiring ON sales_order (reservation_expires_at)
    WHERE status IN ('submitted', 'change_proposed') AND reservation_expires_at IS NOT NULL;
CREATE INDEX sales_order_seller_open ON sales_order (seller_id, id) WHERE status IN ('submitted', 'change_proposed',
    'confirmed', 'fulfilling', 'cancel_requested');
CREATE INDEX sales_order_seller_buyer ON sales_order (seller_id, buyer_id, id);
CREATE INDEX sales_order_seller_placed ON sales_order (seller_id, placed_at, id);
CREATE INDEX sales_order_seller_number ON sales_order (seller_id, number COLLATE "C", id);
CREATE INDEX sales_order_seller_amount ON sales_order (seller_id, currency, gross_minor, id);
CREATE INDEX sales_order_ship_to ON sales_order (ship_to_id, seller_id, id) WHERE ship_to_id IS NOT NULL;
CREATE INDEX sales_order_seller_reference ON sales_order (seller_id, buyer_reference)
    WHERE buyer_reference IS NOT NULL;
CREATE INDEX sales_order_change_lapsing ON sales_order (change_expires_at) WHERE status = 'change_proposed';
-- Worklists answer from indexes alone, which takes pages that were vacuumed: not only when a fifth of them is new
ALTER TABLE sales_order SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
ALTER TABLE sales_order_line
    SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02),
    ADD CONSTRAINT sales_order_line_seller FOREIGN KEY (order_id, seller_id) REFERENCES sales_order (id, seller_id),
    ADD CONSTRAINT sales_order_line_position UNIQUE (order_id, position),
    ADD CONSTRAINT sales_order_line_quantities CHECK (ordered >= 0 AND cancelled >= 0 AND allocated >= 0
        AND in_shipment >= 0 AND shipped >= 0 AND returned >= 0 AND delivered >= 0 AND rejected >= 0
        AND returned <= delivered AND delivered + rejected <= shipped
        AND shipped + cancelled <= ordered),
    ADD CONSTRAINT sales_order_line_money CHECK (gross_minor = net_minor + tax_minor AND gross_minor >= 0
        AND cancelled_minor >= 0 AND shipped_minor >= 0 AND cancelled_minor + shipped_minor <= gross_minor
        AND settled BETWEEN 0 AND cancelled AND settled_minor BETWEEN 0 AND cancelled_minor);
CREATE INDEX sales_order_line_seller_sku ON sales_order_line (seller_id, sku_id, order_id);
ALTER TABLE sales_order_line_discount
    ADD CONSTRAINT sales_order_line_discount_once UNIQUE (grant_id, order_line_id),
    ADD CONSTRAINT sales_order_line_discount_amount CHECK (amount_minor >= 0 OR kind = 'change');
CREATE INDEX sales_order_line_discount_order ON sales_order_line_discount (order_id);
CREATE INDEX sales_order_line_discount_line ON sales_order_line_discount (order_line_id);
ALTER TABLE sales_order_event ADD CONSTRAINT sales_order_event_version UNIQUE (order_id, version);
ALTER TABLE cancellation_request
    ADD CONSTRAINT cancellation_request_status_known CHECK (status IN ('open', 'accepted', 'refused'));
CREATE UNIQUE INDEX cancellation_request_open ON cancellation_request (order_id) WHERE status = 'open';
ALTER TABLE cancellation ADD CONSTRAINT cancellation_quantity CHECK (quantity > 0 AND amount_minor >= 0);
CREATE INDEX cancellation_order ON cancellation (order_id);
ALTER TABLE freight_rule
    ADD CONSTRAINT freight_rule_once UNIQUE NULLS NOT DISTINCT (network_id, seller_id, region_id),
    ADD CONSTRAINT freight_rule_money CHECK (base_minor >= 0 AND per_kg_minor >= 0 AND per_m3_minor >= 0
        AND (free_above_minor IS NULL OR free_above_minor >= 0));
ALTER TABLE order_amendment
    ADD CONSTRAINT order_amendment_status_known CHECK (status IN ('proposed', 'accepted', 'refused', 'withdrawn',
        'lapsed', 'void')),
    ADD CONSTRAINT order_amendment_decided CHECK ((status = 'proposed') = (decided_at IS NULL)
        AND (status NOT IN ('accepted', 'refused', 'withdrawn') OR decided_by IS NOT NULL)),
    ADD CONSTRAINT order_amendment_times CHECK (expires_at > proposed_at AND round_off_minor >= 0);
CREATE UNIQUE INDEX order_amendment_open ON order_amendment (order_id) WHERE status = 'proposed';
CREATE INDEX order_amendment_order ON order_amendment (order_id, id);
CREATE FUNCTION order_amendment_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status <> 'proposed' OR (NEW.id, NEW.network_id, NEW.order_id, NEW.reason, NEW.before,
            NEW.after, NEW.round_off_minor, NEW.dearer, NEW.version, NEW.proposed_by, NEW.proposed_at, NEW.expires_at)
            IS DISTINCT FROM (OLD.id, OLD.network_id, OLD.order_id, OLD.reason, OLD.before, OLD.after,
            OLD.round_off_minor, OLD.dearer, OLD.version, OLD.proposed_by, OLD.proposed_at, OLD.expires_at) THEN
        RAISE EXCEPTION 'the history of a change does not change'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'order_amendment_history';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_amendment_history BEFORE UPDATE OR DELETE ON order_amendment
    FOR EACH ROW EXECUTE FUNCTION order_amendment_history();
ALTER TABLE desk_limit
    ADD CONSTRAINT desk_limit_once UNIQUE (network_id, seller_id, role),
    ADD CONSTRAINT desk_limit_values CHECK (price_bp BETWEEN 0 AND 10000 AND discount_minor >= 0);
ALTER TABLE order_tag
    ADD CONSTRAINT order_tag_seller FOREIGN KEY (order_id, seller_id) REFERENCES sales_order (id, seller_id),
    ADD CONSTRAINT order_tag_once UNIQUE (order_id, tag);
CREATE INDEX order_tag_search ON order_tag (seller_id, tag, order_id);
CREATE INDEX order_note_order ON order_note (order_id, id);
CREATE TRIGGER order_note_append_only BEFORE UPDATE OR DELETE ON order_note
    FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER sales_order_event_append_only BEFORE UPDATE OR DELETE ON sales_order_event
    FOR EACH ROW EXECUTE FUNCTION append_only();
ALTER TABLE order_tally ALTER id SET DEFAULT gen_random_uuid(),
    ADD CONSTRAINT order_tally_once UNIQUE (seller_id, relation_id, status) INCLUDE (orders);
ALTER TABLE order_tally_move ALTER id SET DEFAULT gen_random_uuid(),
    ADD CONSTRAINT order_tally_move_one CHECK (orders IN (1, -1));
CREATE INDEX order_tally_move_seller ON order_tally_move (seller_id);
-- A move is a row of its own: an order never waits for another one's count
CREATE FUNCTION order_tally_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO order_tally_move (seller_id, relation_id, status, orders)
            VALUES (OLD.seller_id, OLD.relation_id, OLD.status, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO order_tally_move (seller_id, relation_id, status, orders)
            VALUES (NEW.seller_id, NEW.relation_id, NEW.status, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sales_order_tally AFTER INSERT OR DELETE ON sales_order
    FOR EACH ROW EXECUTE FUNCTION order_tally_moves();
CREATE TRIGGER sales_order_tally_moved AFTER UPDATE ON sales_order
    FOR EACH ROW WHEN ((OLD.seller_id, OLD.relation_id, OLD.status)
        IS DISTINCT FROM (NEW.seller_id, NEW.relation_id, NEW.status)) EXECUTE FUNCTION order_tally_moves();
CREATE TRIGGER cancellation_append_only BEFORE UPDATE OR DELETE ON cancellation
    FOR EACH ROW EXECUTE FUNCTION append_only();
"""

FULFILMENT = """
ALTER TABLE shipment
    ADD CONSTRAINT shipment_number UNIQUE (order_id, number),
    ADD CONSTRAINT shipment_status_known CHECK (status IN ('shipped', 'in_transit', 'out_for_delivery', 'arrived',
        'exception', 'returned_to_sender', 'delivered')),
    ADD CONSTRAINT shipment_delivered_is_over CHECK ((status = 'delivered') = (delivered_at IS NOT NULL)
        AND (status <> 'delivered' OR (stalls_at IS NULL AND stalled_at IS NULL AND signs_at IS NULL)));
CREATE INDEX shipment_seller ON shipment (seller_id, id);
CREATE INDEX shipment_seller_status ON shipment (seller_id, status, id);
CREATE INDEX shipment_seller_stalling ON shipment (seller_id, id, stalls_at) WHERE stalls_at IS NOT NULL;
CREATE INDEX shipment_stalling ON shipment (stalls_at) WHERE stalls_at IS NOT NULL AND stalled_at IS NULL;
CREATE INDEX shipment_signing ON shipment (signs_at) WHERE signs_at IS NOT NULL;
ALTER TABLE shipment_line
    ADD CONSTRAINT shipment_line_once UNIQUE (shipment_id, order_line_id),
    ADD CONSTRAINT shipment_line_quantity CHECK (quantity > 0 AND delivered >= 0 AND rejected >= 0
        AND delivered + rejected <= quantity),
    ADD CONSTRAINT shipment_line_reason CHECK ((rejected > 0) = (reason IS NOT NULL)
        AND reason IN ('short', 'damaged', 'refused', 'returned'));
CREATE INDEX shipment_line_order_line ON shipment_line (order_line_id);
CREATE INDEX shipment_line_rejected ON shipment_line (shipment_id) WHERE rejected > 0;
ALTER TABLE waybill ADD CONSTRAINT waybill_once UNIQUE (carrier, number);
CREATE INDEX waybill_to_subscribe ON waybill (subscribe_at) WHERE subscribe_at IS NOT NULL;
ALTER TABLE shipment_package
    ADD CONSTRAINT shipment_package_status_known CHECK (status IN ('shipped', 'in_transit', 'out_for_delivery',
        'arrived', 'exception', 'returned_to_sender')),
    ADD CONSTRAINT shipment_package_measures CHECK (weight_g >= 0 AND volume_cm3 >= 0 AND pieces >= 1),
    ADD CONSTRAINT shipment_package_waybill CHECK (waybill_id IS NULL
        OR (carrier_code IS NOT NULL AND tracking_number IS NOT NULL));
CREATE INDEX shipment_package_shipment ON shipment_package (shipment_id, position);
CREATE INDEX shipment_package_waybill_id ON shipment_package (waybill_id) WHERE removed_at IS NULL;
ALTER TABLE shipment_package_change ADD CONSTRAINT shipment_package_change_what_known
    CHECK (what IN ('added', 'changed', 'removed'));
CREATE INDEX shipment_package_change_package ON shipment_package_change (package_id, at);
CREATE TRIGGER shipment_package_change_append_only BEFORE UPDATE OR DELETE ON shipment_package_change
    FOR EACH ROW EXECUTE FUNCTION append_only();
ALTER TABLE tracking_event
    ADD CONSTRAINT tracking_event_once UNIQUE NULLS NOT DISTINCT (waybill_id, shipment_id, package_id, at, code, text),
    ADD CONSTRAINT tracking_event_of_one CHECK ((waybill_id IS NULL) <> (shipment_id IS NULL)
        AND (package_id IS NULL OR shipment_id IS NOT NULL)),
    ADD CONSTRAINT tracking_event_code_known CHECK (code IN ('picked_up', 'in_transit', 'out_for_delivery', 'arrived',
        'exception', 'returning', 'returned'));
CREATE INDEX tracking_event_shipment ON tracking_event (shipment_id, at, id) WHERE shipment_id IS NOT NULL;
CREATE INDEX tracking_event_waybill ON tracking_event (waybill_id, at, id) WHERE waybill_id IS NOT NULL;
ALTER TABLE logistics_rule
    ADD CONSTRAINT logistics_rule_once UNIQUE NULLS NOT DISTINCT (network_id, seller_id, carrier_code),
    ADD CONSTRAINT logistics_rule_times CHECK (stalled_after_hours >= 0 AND auto_sign_days >= 0);
"""

LEADS = """
ALTER TABLE lead_assignment ALTER warned_percent SET DEFAULT 0;
ALTER TABLE lead_rule ALTER precedence SET DEFAULT 0, ALTER strategy SET DEFAULT 'round_robin';
ALTER TABLE lead_settings ALTER version SET DEFAULT 1;
ALTER TABLE lead
    ADD CONSTRAINT lead_external_id UNIQUE (network_id, source, external_id),
    ADD CONSTRAINT lead_status_known CHECK (status IN ('duplicate', 'offered', 'accepted', 'pooled', 'won', 'lost',
        'invalid')),
    ADD CONSTRAINT lead_has_contact_key CHECK (phone_key IS NOT NULL OR email_key IS NOT NULL),
    ADD CONSTRAINT lead_duplicate CHECK ((status = 'duplicate') = (duplicate_of_id IS NOT NULL)
        AND duplicate_of_id <> id),
    ADD CONSTRAINT lead_pool CHECK ((status = 'pooled') = (pool_reason IS NOT NULL)
        AND (status = 'pooled') = (pooled_at IS NOT NULL)
        AND pool_reason IN ('no_region', 'no_dealer', 'no_capacity', 'nobody_left', 'recalled_often', 'rule',
            'taken_back', 'dealer_gone')),
    ADD CONSTRAINT lead_ended CHECK ((closed_at IS NOT NULL) = (status IN ('duplicate', 'won', 'lost', 'invalid'))),
    ADD CONSTRAINT lead_won CHECK ((status = 'won') = (num_nonnulls(order_id, reference) = 1));
CREATE INDEX lead_network ON lead (network_id, id);
CREATE INDEX lead_network_status ON lead (network_id, status, id);
CREATE INDEX lead_phone ON lead (phone_key) WHERE phone_key IS NOT NULL;
CREATE INDEX lead_email ON lead (email_key) WHERE email_key IS NOT NULL;
CREATE INDEX lead_duplicates ON lead (duplicate_of_id) WHERE duplicate_of_id IS NOT NULL;
CREATE INDEX lead_order ON lead (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX lead_pooled ON lead (routed_at) WHERE status = 'pooled';
CREATE INDEX lead_accepted ON lead (touched_at) WHERE status = 'accepted';
ALTER TABLE lead_assignment
    ADD CONSTRAINT lead_assignment_outcome CHECK ((closed_at IS NULL) = (outcome IS NULL)
        AND outcome IN ('rejected', 'lapsed', 'withdrawn', 'taken_back', 'discarded', 'won', 'lost')),
    ADD CONSTRAINT lead_assignment_accepted CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)
        AND (accepted_at IS NULL OR outcome IS NULL OR outcome NOT IN ('rejected', 'lapsed', 'discarded'))
        AND (outcome IS NULL OR outcome NOT IN ('won', 'lost') OR accepted_at IS NOT NULL)),
    ADD CONSTRAINT lead_assignment_times CHECK (deadline_at >= offered_at AND accepted_at < deadline_at);
CREATE UNIQUE INDEX lead_assignment_active ON lead_assignment (lead_id) WHERE closed_at IS NULL;
CREATE INDEX lead_assignment_lead ON lead_assignment (lead_id, id);
CREATE INDEX lead_assignment_company ON lead_assignment (company_id, id);
CREATE INDEX lead_assignment_open ON lead_assignment (company_id, network_id) WHERE closed_at IS NULL;
CREATE INDEX lead_assignment_lapsing ON lead_assignment (deadline_at) WHERE closed_at IS NULL AND accepted_at IS NULL;
CREATE INDEX lead_assignment_warning ON lead_assignment (warn_at) WHERE warn_at IS NOT NULL;
ALTER TABLE lead_event ADD CONSTRAINT lead_event_version UNIQUE (lead_id, version);
ALTER TABLE lead_rule
    ADD CONSTRAINT lead_rule_strategy_known CHECK (strategy IN ('round_robin', 'pool'));
CREATE INDEX lead_rule_network ON lead_rule (network_id, precedence);
ALTER TABLE lead_settings
    ADD CONSTRAINT lead_settings_once UNIQUE (network_id),
    ADD CONSTRAINT lead_settings_hours CHECK (opens_minute BETWEEN 0 AND 1439 AND closes_minute > opens_minute
        AND closes_minute <= 1440 AND cardinality(weekdays) > 0 AND accept_seconds > 0 AND most_lapses >= 0
        AND stagnant_days >= 0);
ALTER TABLE lead_capacity
    ADD CONSTRAINT lead_capacity_once UNIQUE (network_id, company_id),
    ADD CONSTRAINT lead_capacity_limit CHECK (most_open >= 0);
ALTER TABLE lead_cursor ADD CONSTRAINT lead_cursor_once UNIQUE NULLS NOT DISTINCT (network_id, rule_id, region_id);

CREATE FUNCTION lead_assignment_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.closed_at IS NOT NULL OR (NEW.id, NEW.lead_id, NEW.network_id, NEW.company_id,
            NEW.offered_at, NEW.deadline_at) IS DISTINCT FROM (OLD.id, OLD.lead_id, OLD.network_id, OLD.company_id,
            OLD.offered_at, OLD.deadline_at) OR (OLD.accepted_at IS NOT NULL AND (NEW.accepted_at, NEW.accepted_by)
            IS DISTINCT FROM (OLD.accepted_at, OLD.accepted_by)) THEN
        RAISE EXCEPTION 'the history of an assignment does not change'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'lead_assignment_history';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lead_assignment_history BEFORE UPDATE OR DELETE ON lead_assignment
    FOR EACH ROW EXECUTE FUNCTION lead_assignment_history();
CREATE FUNCTION lead_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- the same note under another key is the same entry; nobody else sets this
    IF TG_OP = 'UPDATE' AND current_setting('tributary.resealing', true) = 'on'
            AND num_nulls(OLD.note, NEW.note) <> 1 AND to_jsonb(NEW) - 'note' = to_jsonb(OLD) - 'note' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only';
END $$;
CREATE TRIGGER lead_event_append_only BEFORE UPDATE OR DELETE ON lead_event
    FOR EACH ROW EXECUTE FUNCTION lead_event_append_only();
"""

COMMUNICATION = """
ALTER TABLE notification ADD CONSTRAINT notification_once UNIQUE (member_id, dedupe_key);
CREATE INDEX notification_inbox ON notification (member_id, id);
CREATE INDEX notification_unread ON notification (member_id, id) INCLUDE (kind) WHERE read_at IS NULL;
CREATE INDEX notification_age ON notification USING brin (created_at);
ALTER TABLE notification_delivery
    ADD CONSTRAINT notification_delivery_once UNIQUE (notification_id, channel),
    ADD CONSTRAINT notification_delivery_channel_known CHECK (channel IN ('wechat', 'email')),
    ADD CONSTRAINT notification_delivery_state_known
        CHECK (state IN ('waiting', 'sending', 'sent', 'dropped', 'failed', 'unknown')),
    ADD CONSTRAINT notification_delivery_sent CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    ADD CONSTRAINT notification_delivery_claimed CHECK (state <> 'sending' OR claimed_at IS NOT NULL),
    ADD CONSTRAINT notification_delivery_tries CHECK (tries BETWEEN 0 AND 6 AND (state <> 'sent' OR tries > 0)),
    ADD CONSTRAINT notification_delivery_priority CHECK (priority BETWEEN 0 AND 3);
CREATE INDEX notification_delivery_member ON notification_delivery (member_id, priority, id) WHERE state = 'waiting';
CREATE INDEX notification_delivery_due ON notification_delivery (due_at) WHERE state = 'waiting';
CREATE INDEX notification_delivery_sending ON notification_delivery (claimed_at) WHERE state = 'sending';
ALTER TABLE notification_preference
    ADD CONSTRAINT notification_preference_once UNIQUE (member_id, kind, channel),
    ADD CONSTRAINT notification_preference_channel_known CHECK (channel IN ('wechat', 'email'));
ALTER TABLE notification_setting
    ADD CONSTRAINT notification_setting_quiet CHECK (num_nulls(quiet_from, quiet_until, time_zone) IN (0, 3)
        AND quiet_from <> quiet_until),
    ADD CONSTRAINT notification_setting_locale_known CHECK (locale IN ('en', 'zh'));
ALTER TABLE wx_subscribe_quota
    ADD CONSTRAINT wx_subscribe_quota_once UNIQUE (identity_id, template_id),
    ADD CONSTRAINT wx_subscribe_quota_not_negative CHECK (remaining >= 0);
"""

PAPERS = """
ALTER TABLE export_job
    ADD CONSTRAINT export_job_status_known CHECK (status IN ('waiting', 'running', 'done', 'failed', 'cancelled',
        'expired')),
    ADD CONSTRAINT export_job_failure_known CHECK ((status = 'failed') = (failure IS NOT NULL)
        AND failure IN ('too_many_rows', 'too_large', 'no_right', 'gave_up')),
    ADD CONSTRAINT export_job_lease CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    ADD CONSTRAINT export_job_file CHECK (num_nulls(size_bytes, digest, seen_as) IN (0, 3)
        AND (size_bytes IS NOT NULL OR status <> 'done')
        AND (size_bytes IS NULL OR (size_bytes > 0 AND status IN ('done', 'expired')))),
    ADD CONSTRAINT export_job_rows CHECK (rows_done >= 0 AND rows_done <= rows_total),
    ADD CONSTRAINT export_job_attempt CHECK (attempt >= 0);
CREATE INDEX export_job_member ON export_job (membership_id, id);
CREATE INDEX export_job_open ON export_job (id) WHERE status IN ('waiting', 'running');
CREATE INDEX export_job_expiry ON export_job (expires_at);
ALTER TABLE export_chunk
    ADD CONSTRAINT export_chunk_once UNIQUE (export_id, seq),
    ADD CONSTRAINT export_chunk_size CHECK (seq >= 0 AND length(data) BETWEEN 1 AND 262144);
ALTER TABLE export_chunk ALTER COLUMN data SET STORAGE EXTERNAL; -- it is compressed already
"""


RELATION_EVENTS = """
ALTER TABLE relation_event
    ADD CONSTRAINT relation_event_version UNIQUE (relation_id, version),
    ADD CONSTRAINT relation_event_known CHECK (what IN ('opened', 'reopened', 'terms_changed', 'suspended', 'resumed',
        'ended'));
CREATE TRIGGER relation_event_append_only BEFORE UPDATE OR DELETE ON relation_event
    FOR EACH ROW EXECUTE FUNCTION append_only();
"""

# Figures about customers, kept by the tables they come from: whoever writes an order or posts a debt, by whichever act,
# cannot forget them, and they are true in the same transaction. A month begins where the network's days begin; months
# are counted (year * 12 + month - 1), and the newest 24 are kept, the newest first. Whoever places, cancels, ships or
# is paid holds the locks of the relation's accounts, so nobody waits here for somebody else.
INSIGHT = """
ALTER TABLE customer_figures SET (fillfactor = 80);
ALTER TABLE customer_figures
    ALTER currency TYPE varchar(3) COLLATE "C",
    ALTER orders SET DEFAULT array_fill(0, ARRAY[24]),
    ALTER turnover_minor SET DEFAULT array_fill(0::bigint, ARRAY[24]),
    ALTER unpaid_due SET DEFAULT '{}',
    ALTER unpaid_minor SET DEFAULT '{}',
    ADD CONSTRAINT customer_figures_relation FOREIGN KEY (network_id, relation_id)
        REFERENCES trade_relation (network_id, id),
    ADD CONSTRAINT customer_figures_months CHECK (cardinality(orders) = 24 AND cardinality(turnover_minor) = 24),
    ADD CONSTRAINT customer_figures_unpaid CHECK (cardinality(unpaid_due) = cardinality(unpaid_minor)
        AND (overdue_from IS NULL) = (cardinality(unpaid_due) = 0));
CREATE INDEX customer_figures_seller ON customer_figures (seller_id, relation_id);
CREATE INDEX customer_figures_silent ON customer_figures (seller_id, silent_since, relation_id);
CREATE INDEX customer_figures_overdue ON customer_figures (seller_id, overdue_from) WHERE overdue_from IS NOT NULL;
CREATE INDEX sales_order_open ON sales_order (relation_id) WHERE closed_at IS NULL;

CREATE FUNCTION month_there(moment timestamptz, time_zone text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT (extract(year FROM moment AT TIME ZONE time_zone) * 12
        + extract(month FROM moment AT TIME ZONE time_zone) - 1)::integer
$$;

CREATE FUNCTION customer_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customer_figures (relation_id, seller_id, network_id, currency, silent_since, month)
    SELECT o.id, o.seller_id, o.network_id, o.currency, o.created_at, month_there(o.created_at, n.time_zone)
    FROM opened o JOIN network n ON n.id = o.network_id;
    RETURN NULL;
END $$;
CREATE TRIGGER customer_opened AFTER INSERT ON trade_relation REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION customer_opened();

CREATE FUNCTION customer_ordered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    there integer := month_there(NEW.placed_at, (SELECT n.time_zone FROM network n WHERE n.id = NEW.network_id));
    worth bigint := NEW.gross_minor - NEW.cancelled_minor;
BEGIN
    -- As a rule it is one more of the newest month, and the last one.
    UPDATE customer_figures f
    SET orders[1] = f.orders[1] + 1, turnover_minor[1] = f.turnover_minor[1] + worth,
        last_order_id = NEW.id, silent_since = NEW.placed_at
    WHERE f.relation_id = NEW.relation_id AND f.month = there
      AND (f.last_order_id IS NULL OR (f.silent_since, f.last_order_id) < (NEW.placed_at, NEW.id));
    IF FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE customer_figures f
    SET month = k.newest,
        orders = array_cat(k.counts[:k.ago], array_cat(ARRAY[k.counts[k.ago + 1] + 1], k.counts[k.ago + 2:24])),
        turnover_minor = array_cat(k.sums[:k.ago], array_cat(ARRAY[k.sums[k.ago + 1] + worth], k.sums[k.ago + 2:24])),
        last_order_id = CASE WHEN k.is_last THEN NEW.id ELSE f.last_order_id END,
        silent_since = CASE WHEN k.is_last THEN NEW.placed_at ELSE f.silent_since END
    FROM (
        SELECT o.relation_id, greatest(o.month, there) AS newest, greatest(o.month - there, 0) AS ago,
            array_cat(array_fill(0, ARRAY[least(greatest(there - o.month, 0), 24)]), o.orders) AS counts,
            array_cat(array_fill(0::bigint, ARRAY[least(greatest(there - o.month, 0), 24)]), o.turnover_minor) AS sums,
            o.last_order_id IS NULL OR (o.silent_since, o.last_order_id) < (NEW.placed_at, NEW.id) AS is_last
        FROM customer_figures o WHERE o.relation_id = NEW.relation_id FOR NO KEY UPDATE
    ) k
    WHERE f.relation_id = k.relation_id AND k.ago < 24;
    RETURN NULL;
END $$;
CREATE TRIGGER customer_ordered AFTER INSERT ON sales_order FOR EACH ROW EXECUTE FUNCTION customer_ordered();

CREATE FUNCTION customer_order_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    there integer := month_there(NEW.placed_at, (SELECT n.time_zone FROM network n WHERE n.id = NEW.network_id));
    more bigint := (NEW.gross_minor - NEW.cancelled_minor) - (OLD.gross_minor - OLD.cancelled_minor);
BEGIN
    UPDATE customer_figures f
    SET turnover_minor[f.month - there + 1] = f.turnover_minor[f.month - there + 1] + more
    WHERE f.relation_id = NEW.relation_id AND f.month - there BETWEEN 0 AND 23;
    RETURN NULL;
END $$;
CREATE TRIGGER customer_order_changed AFTER UPDATE ON sales_order FOR EACH ROW
    WHEN (NEW.gross_minor - NEW.cancelled_minor <> OLD.gross_minor - OLD.cancelled_minor)
    EXECUTE FUNCTION customer_order_changed();

-- Payments settle the oldest debt first. So what is unpaid is the debts due last, as far as the balance goes; a debt
-- without a day to be paid by is the oldest of all.
CREATE FUNCTION customer_owes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owing record;
    debt record;
    rest bigint;
    due timestamptz[];
    amounts bigint[];
BEGIN
    FOR owing IN SELECT a.id, a.relation_id, a.balance_minor FROM ledger_account a
        WHERE a.kind = 'receivable' AND a.id IN (SELECT p.account_id FROM posted p) ORDER BY a.id
    LOOP
        rest := greatest(owing.balance_minor, 0);
        due := '{}';
        amounts := '{}';
        IF rest > 0 THEN
            FOR debt IN SELECT t.due_at, e.amount_minor FROM ledger_transfer t
                JOIN ledger_entry e ON e.transfer_id = t.id AND e.account_id = owing.id AND e.amount_minor > 0
                WHERE t.relation_id = owing.relation_id AND t.due_at IS NOT NULL ORDER BY t.due_at DESC
            LOOP
                due := due || debt.due_at;
                amounts := amounts || least(debt.amount_minor, rest);
                rest := rest - least(debt.amount_minor, rest);
                EXIT WHEN rest = 0;
            END LOOP;
        END IF;
        IF rest > 0 THEN
            due := due || '-infinity'::timestamptz;
            amounts := amounts || rest;
        END IF;
        UPDATE customer_figures f
        SET unpaid_due = due, unpaid_minor = amounts, overdue_from = due[cardinality(due)]
        WHERE f.relation_id = owing.relation_id;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER customer_owes AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS posted
    FOR EACH STATEMENT EXECUTE FUNCTION customer_owes();
"""


class Migration(migrations.Migration):
    dependencies = [("tributary", "0001_initial")]

    operations = [
        RunSQL(part)
        for part in (
            EXTENSIONS,
            KERNEL,
            DEFAULTS,
            NETWORK,
            CATALOG,
            ORDERING,
            INVENTORY,
            LEDGER,
            PRICING,
            FULFILMENT,
            RELATION_EVENTS,
            INSIGHT,
            LEADS,
            COMMUNICATION,
            PAPERS,
        )
    ]
