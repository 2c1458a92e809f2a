"""Which request caused which call. One kind of evidence a file: why a call belongs to a flow.

- An *entry* is an exchange in which the service was asked; a *call* one in which it asked a dependency.
- A call is *in the window* of an entry if it started between the entry's first byte and `quiet_ns` after its last one.
- The *watermark* is a time before which everything that started has been heard. Nothing is decided before it has passed.
- A call whose owner is in doubt makes every flow that it may belong to *ambiguous*; what was not heard makes it *incomplete*.

- What several requests may have made is *undecided*, in *units* that have one owner. The *grammar* learns *paths* of calls and the *rules*
  of their values from flows that are certain; an *explanation* is a path with calls that are there; an *assignment* is what goes together. Of several the
  *gaps* between calls may tell which is true. Requests that cannot be told yet are *held* and looked at again.

    correlator = Correlator("shop", "1.4.2", quiet_ns=100_000_000)
    correlator.take(exchange)                    # in any order
    for decided in correlator.advance(watermark):  # Flow or Outside
        ...

Whoever knows exact ids of exchanges (the bytes, the service's spans) plugs in as a `marks.MarkSource`: an object with `patience_ns` and
`marks(exchange) -> {Mark: Evidence}`, passed as `Correlator(..., sources=(TraceContext(), spans))`. Each source is asked once about
each exchange, entries and calls alike, when the exchange is `patience_ns` old; decisions wait for that. An entry and a call that
share a mark belong together: `Mark("span", …)` names one single request and wins over `Mark("trace", …)`, which several may share.
"""
