"""A small ledger of accounts and transfers: Flask, SQLAlchemy over psycopg2, and requests to the payment service's rates and to mail."""
