"""One kind of evidence a file: why a call belongs to a flow."""
