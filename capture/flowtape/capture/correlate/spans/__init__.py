"""Spans: what the service's own OpenTelemetry says it did, tied to what was heard.

- A *server span* is one request as the service saw it, a *client span* one call. A call whose client span descends from a
  request's server span was made for that request.
- A *reading* is what a span says of the exchange that it stands for: which dependency, which statement or URL, with what outcome, and
  between which times.
- A reading is *tied* to an exchange if no other assignment of all that was going on at the time is possible: exactly, or not at
  all. Spans that several exchanges fit name between them whose those may be.

    spans = Spans(peers, wait_ns=10_000_000_000)
    spans.take(span); spans.hear(exchange)                 # in any order, on one thread
    Correlator(..., sources=(TraceContext(), spans))       # asks spans.marks(exchange), once its patience is over
"""
