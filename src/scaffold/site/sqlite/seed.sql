INSERT INTO accounts (id, email) VALUES
  (1, 'ada@example.org'),
  (2, 'bob@example.org');

INSERT INTO orders (account_id, total) VALUES
  (1, 20.00),
  (1, 5.50),
  (2, 7.25);
