CREATE TABLE tickets (
    id integer PRIMARY KEY,
    title text NOT NULL,
    price numeric(10, 2) NOT NULL,
    left_over integer NOT NULL
);
INSERT INTO tickets SELECT number, 'Concert ' || number, 10 + number, 1000 FROM generate_series(1, 9) AS number;
