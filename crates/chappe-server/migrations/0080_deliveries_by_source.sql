-- Each call that changes a mailbox asks what it has to bring to others.
CREATE INDEX deliveries_by_source ON deliveries (source);
