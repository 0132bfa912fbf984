// The headers that an application passes on from the request it answers to the requests it makes.

/** What the services of Istio's bookinfo forward, so that tracing works. The level's header is not among them. */
export const traceHeaders: readonly string[] = [
  "x-request-id",
  "traceparent",
  "tracestate",
  "b3",
  "x-b3-traceid",
  "x-b3-spanid",
  "x-b3-parentspanid",
  "x-b3-sampled",
  "x-b3-flags",
  "x-ot-span-context",
  "x-datadog-trace-id",
  "x-datadog-parent-id",
  "x-datadog-sampling-priority",
  "x-cloud-trace-context",
  "grpc-trace-bin",
  "sw8",
];

/** What `--forward` chooses for reviews: bookinfo's list, or one header as most tracing libraries do. */
export const forwardings: Readonly<Record<"bookinfo" | "traceparent", readonly string[]>> = {
  bookinfo: traceHeaders,
  traceparent: ["traceparent"],
};

/** The level's header as applications see it: they report it (below) and never forward it. */
export const levelHeader = "x-request-priority";

/** A response header of ours: which level each application on the way saw, as `service=level` with commas between. */
export const seenHeader = "x-lab-levels";
