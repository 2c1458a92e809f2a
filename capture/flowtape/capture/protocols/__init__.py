"""One protocol a file (or a folder): bytes ⇄ messages ⇄ exchanges. `codecs` has them all."""
