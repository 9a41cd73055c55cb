-- Their ids are 1 and 2: nobody but the database gives them (GENERATED ALWAYS).
INSERT INTO accounts (email, opened_at) VALUES
  ('ada@example.org', '2024-01-15 09:30:00+00'),
  ('bob@example.org', '2024-02-01 16:00:00+00');

INSERT INTO orders (account_id, total) VALUES
  (1, 20.00),
  (1, 5.50),
  (2, 7.25);
