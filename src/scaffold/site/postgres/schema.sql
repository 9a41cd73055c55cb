CREATE TABLE accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE CHECK (email LIKE '%_@_%'),
  closed boolean NOT NULL DEFAULT false,
  opened_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts (id),
  total numeric(10, 2) NOT NULL CHECK (total >= 0)
);

CREATE INDEX orders_account ON orders (account_id);
