"""A receiver of OpenTelemetry's spans: OTLP by HTTP (protobuf and JSON) and gRPC, https://opentelemetry.io/docs/specs/otlp/.

- A *request* is what an exporter sends at once: many spans of one process.
- The *intake* is the bound between strangers and the agent: what is too much, or not understood, is answered and counted there.
- What was taken may be *forwarded*, as it came, to the collector that the service spoke to before.

    receiver = Receiver(configuration.capture.spans)   # raises ConfigurationError
    await receiver.run(worker.hear_spans)              # until cancelled

Spans are kept in memory until what they tell is decided, and never written: they hold statements and URLs as they were.
"""
