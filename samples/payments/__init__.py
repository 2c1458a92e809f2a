"""The payment service that the shop and the ledger depend on over HTTP."""
