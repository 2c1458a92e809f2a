// The service's own OpenTelemetry, as its documentation has it: https://opentelemetry.io/docs/languages/js/.
// Where its spans go, the environment says (OTEL_EXPORTER_OTLP_ENDPOINT).
'use strict';

const {OTLPTraceExporter} = require('@opentelemetry/exporter-trace-otlp-http');
const {registerInstrumentations} = require('@opentelemetry/instrumentation');
const {HttpInstrumentation} = require('@opentelemetry/instrumentation-http');
const {PgInstrumentation} = require('@opentelemetry/instrumentation-pg');
const {RedisInstrumentation} = require('@opentelemetry/instrumentation-redis');
const {BatchSpanProcessor, NodeTracerProvider} = require('@opentelemetry/sdk-trace-node');

const provider = new NodeTracerProvider({spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())]});
provider.register();
registerInstrumentations({
  instrumentations: [new HttpInstrumentation(), new PgInstrumentation(), new RedisInstrumentation()],
});
