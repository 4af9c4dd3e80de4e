-- People who were to get far more in an hour than was foreseen. Neither fact nor history: the journal has both ends.
CREATE TABLE storm (
    person_id BIGINT PRIMARY KEY NOT NULL REFERENCES person(id),
    since_at_ms BIGINT NOT NULL,
    approved_at_ms BIGINT  -- until then what waits for them waits; from then on is counted anew
);
