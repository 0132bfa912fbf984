// The alerts that docs/operations/metrics.md recommends, as rules for Prometheus. The chart contains them as a file of their own, because
// Helm would evaluate their templates.
import { stringify } from "yaml";

type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: "warning" | "critical";
  /** As a template of Prometheus. */
  readonly summary: string;
};

export const alerts: readonly Alert[] = [
  {
    alert: "ExpediteNoLeader",
    expr: "max(expedite_leader) < 1",
    for: "1m",
    severity: "warning",
    summary:
      "No replica of Expedite's controller leads: changes of policies have no effect. Traffic continues as before.",
  },
  {
    alert: "ExpediteStale",
    expr: 'expedite_staleness_seconds{job!~".*agent.*"} > 120',
    for: "1m",
    severity: "warning",
    summary:
      "The API server has not answered {{ $labels.pod }} for {{ $value | humanizeDuration }}: the mesh is configured for the last known state.",
  },
  {
    alert: "ExpediteWatchFailing",
    expr: 'max by (resource, cause) (expedite_watch_failing{cause!="Missing"}) == 1',
    for: "5m",
    severity: "warning",
    summary:
      "{{ $labels.resource }} cannot be listed or watched ({{ $labels.cause }}); the controller's log has the remedy.",
  },
  {
    alert: "ExpediteProxyRefused",
    expr: 'expedite_proxies{state="refused"} > 0',
    for: "1m",
    severity: "critical",
    summary: "{{ $value }} proxies refused their configuration; the policies' condition Programmed names them.",
  },
  {
    alert: "ExpediteReconcileErrors",
    expr: "increase(expedite_reconcile_errors_total[10m]) > 3",
    for: "0m",
    severity: "warning",
    summary: "Reconciles of Expedite's controller fail and are retried; its log says where.",
  },
  {
    alert: "ExpediteLinksInactive",
    expr: 'sum by (state) (expedite_agent_links{state!="Active",state!="NotEnforced"}) > 0',
    for: "5m",
    severity: "warning",
    summary: "The queues of {{ $value }} links are not ordered ({{ $labels.state }}); the PriorityNodes say why.",
  },
  {
    alert: "ExpediteQueueOverloaded",
    expr: "sum by (namespace, level) (rate(expedite_queue_forwarded_total[5m]) + rate(expedite_queue_rejected_total[5m])) > 0",
    for: "10m",
    severity: "warning",
    summary:
      "Requests of level {{ $labels.level }} in {{ $labels.namespace }} wait for the RequestQueue's maxWait in vain: the service has more to do than it can.",
  },
];

const ruleOf = ({ summary, severity, ...alert }: Alert) => ({
  ...alert,
  labels: { severity },
  annotations: { summary },
});

/** A file that Prometheus reads as it is, and what the chart's PrometheusRule contains. */
export const alertsText = (): string =>
  `# Made from release/chart/alerts.ts; do not edit.\n${stringify({ groups: [{ name: "expedite", rules: alerts.map(ruleOf) }] }, { lineWidth: 0 })}`;
