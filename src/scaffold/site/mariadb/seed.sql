INSERT INTO accounts (id, email, opened_at) VALUES
  (1, 'ada@example.org', '2024-01-15 09:30:00'),
  (2, 'bob@example.org', '2024-02-01 16:00:00');

INSERT INTO orders (account_id, total) VALUES
  (1, 20.00),
  (1, 5.50),
  (2, 7.25);
