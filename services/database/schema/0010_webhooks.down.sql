-- Lost: the feed of events, the endpoints with their secrets, and what was sent to them.
DROP TABLE webhook_attempt, webhook_delivery, webhook_endpoint, event;
