"""What contracts promise, as queries that find what breaks it."""

from typing import Any

import psycopg

PROMISES = {
    "an exclusive content has one order": """
        SELECT content_key FROM item_grant WHERE mode = 'exclusive'
        GROUP BY content_key HAVING count(DISTINCT order_id) > 1""",
    "what is rejected is given back": """
        SELECT i.item_id FROM batch_item i JOIN batch b ON b.id = i.batch_id
        JOIN item_grant g ON g.batch_id = b.id AND g.item_id = i.item_id
        WHERE b.state = 'settled' AND i.decision = 'rejected'""",
    "what is not rejected is granted under both keys": """
        SELECT i.item_id FROM batch_item i JOIN batch b ON b.id = i.batch_id
        WHERE i.decision IS DISTINCT FROM 'rejected' AND 2 <> (
            SELECT count(*) FROM item_grant g WHERE g.batch_id = b.id AND g.item_id = i.item_id)""",
    "no claim without a grant": """
        SELECT content_key FROM content_claim c
        WHERE NOT EXISTS (SELECT FROM item_grant g WHERE g.content_key = c.content_key)""",
    "an invoice for each batch of which something was accepted, and no other": """
        SELECT b.id FROM batch b LEFT JOIN invoice v ON v.batch_id = b.id
        WHERE b.kind IS NOT NULL AND coalesce(v.units, 0) <> CASE
            WHEN b.state <> 'settled' OR b.kind = 'calibration' THEN 0
            ELSE (SELECT coalesce(sum(units), 0) FROM batch_item i
                  WHERE i.batch_id = b.id AND i.decision IS DISTINCT FROM 'rejected') END""",
    "no more is invoiced of a batch than was ordered": """
        SELECT v.order_id, v.number FROM invoice v JOIN batch b
            ON b.order_id = v.order_id AND b.number = v.number AND b.kind = 'production'
        GROUP BY v.order_id, v.number, b.planned_qty HAVING sum(v.units) > b.planned_qty""",
    "what is ordered is invoiced, released, or still to come": """
        SELECT c.id FROM contract c JOIN quote q ON q.id = c.quote_id
        WHERE q.total <> (
            SELECT coalesce(sum(total), 0) FROM invoice WHERE order_id = c.id)
          + (SELECT coalesce(sum(amount), 0) FROM credit_note
             WHERE order_id = c.id AND kind <> 'late')
          + (SELECT coalesce(sum(l.amount), 0) FROM ledger_line l
             JOIN ledger_entry e ON e.id = l.entry_id
             WHERE e.order_id = c.id AND l.account = 'backlog')""",
    "an order that has ended owes nothing": """
        SELECT c.id FROM contract c WHERE c.state IN ('closed', 'cancelled') AND (
            0 <> (SELECT coalesce(sum(l.amount), 0) FROM ledger_line l
                  JOIN ledger_entry e ON e.id = l.entry_id
                  WHERE e.order_id = c.id AND l.account = 'backlog')
            OR EXISTS (SELECT FROM batch b WHERE b.order_id = c.id
                       AND b.kind IN ('production', 'makeup')
                       AND b.state NOT IN ('settled', 'cancelled')))""",
    "each step of an order is one event": """
        SELECT c.id FROM contract c WHERE c.state <> (
            SELECT data->>'state' FROM event e WHERE e.object_id = c.id
            AND e.type = 'order.state_changed' ORDER BY e.id DESC LIMIT 1)
        UNION ALL SELECT object_id FROM event WHERE type = 'order.state_changed'
        GROUP BY object_id, data->>'version' HAVING count(*) > 1""",
    "what the events say is in the trail": """
        SELECT c.id FROM contract c WHERE
            (SELECT count(*) FROM event e WHERE e.object_id = c.id
             AND e.type = 'order.state_changed') <> 1 +
            (SELECT count(*) FROM audit_event a WHERE a.object_id = c.id
             AND a.action = 'order.state_changed')""",
    "what came late has an incident, and what did not has none": """
        SELECT b.id FROM batch b WHERE b.kind IS NOT NULL AND b.delivered_at IS NOT NULL
        AND (b.delivered_at > b.due_at) <> EXISTS (
            SELECT FROM incident i WHERE i.batch_id = b.id AND i.kind = 'late')""",
}


def broken(conn: "psycopg.Connection[Any]") -> dict[str, list[Any]]:
    """Each promise that does not hold, with the rows that break it."""
    found = {promise: conn.execute(query).fetchall() for promise, query in PROMISES.items()}
    return {promise: rows for promise, rows in found.items() if rows}
