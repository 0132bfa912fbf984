// The dashboard for Grafana: what is in force, which levels requests have, how long they take, and what the links send by level.
import { createHash } from "node:crypto";

type Panel = {
  readonly title: string;
  readonly type: "stat" | "timeseries";
  readonly description: string;
  readonly unit?: string;
  /** Each with the legend of its series. */
  readonly queries: readonly (readonly [expression: string, legend: string])[];
};

export const panels: readonly Panel[] = [
  {
    title: "Leads",
    type: "stat",
    description: "1: a replica of the controller leads and writes.",
    queries: [["max(expedite_leader)", "leader"]],
  },
  {
    title: "Proxies by state",
    type: "stat",
    description: "Proxies of enrolled namespaces. Refused: the proxy keeps its last configuration.",
    queries: [["sum by (state) (expedite_proxies)", "{{state}}"]],
  },
  {
    title: "Age of the stalest watch",
    type: "stat",
    description: "Up to 40 s is normal.",
    unit: "s",
    queries: [['max(expedite_staleness_seconds{job!~".*agent.*"})', "age"]],
  },
  {
    title: "Links by state",
    type: "stat",
    description: "Links of all nodes, by whether their queue is ordered, or why not.",
    queries: [["sum by (state) (expedite_agent_links)", "{{state}}"]],
  },
  {
    title: "Requests by level, at gateways",
    type: "timeseries",
    description: "What the filter classified. Needs the PodMonitor for proxies.",
    unit: "reqps",
    queries: [['sum by (level) (rate(expedite_requests_total{role="gateway"}[$__rate_interval]))', "{{level}}"]],
  },
  {
    title: "Requests by level, at sidecars",
    type: "timeseries",
    description: "Requests that entered pods. Needs the PodMonitor for proxies.",
    unit: "reqps",
    queries: [['sum by (level) (rate(expedite_requests_total{role="inbound"}[$__rate_interval]))', "{{level}}"]],
  },
  {
    title: "p99 of request duration by level",
    type: "timeseries",
    description: "Istio's own histogram with the tag priority. Needs the chart's Telemetry.",
    unit: "ms",
    queries: [
      [
        'histogram_quantile(0.99, sum by (le, priority) (rate(istio_request_duration_milliseconds_bucket{reporter="destination"}[$__rate_interval])))',
        "{{priority}}",
      ],
    ],
  },
  {
    title: "Sent by level",
    type: "timeseries",
    description: "What the links of all nodes sent, by level.",
    unit: "Bps",
    queries: [
      ["sum by (link, level) (rate(expedite_agent_class_bytes_total[$__rate_interval]))", "{{link}} {{level}}"],
    ],
  },
  {
    title: "Waiting by level",
    type: "timeseries",
    description: "Bytes that waited at the last reading: a queue belongs to the levels below the first.",
    unit: "bytes",
    queries: [["sum by (link, level) (expedite_agent_class_backlog_bytes)", "{{link}} {{level}}"]],
  },
  {
    title: "Requests that wait, by level",
    type: "timeseries",
    description: "In the sidecars of services with a RequestQueue. Needs the PodMonitor for proxies.",
    queries: [["sum by (namespace, level) (expedite_queue_length)", "{{namespace}} {{level}}"]],
  },
  {
    title: "p99 of waiting by level",
    type: "timeseries",
    description: "How long requests waited that did not pass at once. Needs the PodMonitor for proxies.",
    unit: "ms",
    queries: [
      [
        "histogram_quantile(0.99, sum by (le, namespace, level) (rate(expedite_queue_wait_ms_bucket[$__rate_interval])))",
        "{{namespace}} {{level}}",
      ],
    ],
  },
  {
    title: "Forwarded and rejected by level",
    type: "timeseries",
    description: "Requests that waited for maxWait, or found no room: the service has more to do than it can.",
    unit: "reqps",
    queries: [
      [
        "sum by (namespace, level) (rate(expedite_queue_forwarded_total[$__rate_interval]))",
        "{{namespace}} {{level}} forwarded",
      ],
      [
        "sum by (namespace, level) (rate(expedite_queue_rejected_total[$__rate_interval]))",
        "{{namespace}} {{level}} rejected",
      ],
    ],
  },
  {
    title: "Requests in the busiest pod, and the limit",
    type: "timeseries",
    description: "Requests wait where a pod has as many in its application as its RequestQueue allows.",
    queries: [
      ["max by (namespace) (expedite_queue_in_flight)", "{{namespace}} in a pod"],
      ["max by (namespace, queue) (expedite_request_queue_limit)", "{{namespace}}/{{queue}} limit"],
    ],
  },
  {
    title: "Writes and refusals",
    type: "timeseries",
    description: "What the controller sends to the API server.",
    unit: "cps",
    queries: [
      ["sum by (kind) (rate(expedite_writes_total[$__rate_interval]))", "{{kind}}"],
      ["sum by (kind) (rate(expedite_write_errors_total[$__rate_interval]))", "{{kind}} refused"],
    ],
  },
];

const datasource = { type: "prometheus", uid: `\${datasource}` };

function panel({ title, type, description, unit = "short", queries }: Panel, index: number) {
  const isStat = type === "stat";
  const stats = panels.filter((one) => one.type === "stat").length;
  const rest = index - stats;
  const gridPos = isStat
    ? { h: 4, w: 6, x: (index % 4) * 6, y: 0 }
    : { h: 8, w: 12, x: (rest % 2) * 12, y: 4 + Math.floor(rest / 2) * 8 };
  return {
    ...{ id: index + 1, title, type, description, datasource, gridPos },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(([expr, legendFormat], query) => ({
      ...{ refId: String.fromCharCode(65 + query), datasource, expr, legendFormat },
    })),
  };
}

/** One line of JSON, which a ConfigMap holds best. */
export function dashboardText(): string {
  const content = {
    title: "Expedite",
    tags: ["expedite", "istio"],
    ...{ schemaVersion: 39, editable: true, refresh: "30s", time: { from: "now-1h", to: "now" } },
    templating: { list: [{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus" }] },
    panels: panels.map(panel),
  };
  const uid = createHash("md5").update(JSON.stringify(content)).digest("hex");
  return `${JSON.stringify({ uid, ...content })}\n`;
}
