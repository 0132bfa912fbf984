// What the chart renders only if a value asks for it: monitors, alerts, a dashboard, Telemetry, an exception of Kyverno; and how it says that
// a kind is missing.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { repository } from "../../release/bundle.ts";
import { alerts } from "../../release/chart/alerts.ts";
import { chartFolder } from "../../release/chart/chart.ts";
import { panels } from "../../release/chart/dashboard.ts";
import { helm, type Rendered, render, template, withoutHelm } from "./helm.ts";

const monitoring = ["serviceMonitor", "podMonitor", "proxies", "rules", "dashboard"].map(
  (name) => `monitoring.${name}.enabled=true`,
);
const everything = [...monitoring, "telemetry.enabled=true", "policyException.enabled=true"].join(",");
const find = (objects: readonly Rendered[], kind: string): readonly Rendered[] =>
  objects.filter((object) => object.kind === kind);

suite("options of the chart", { skip: withoutHelm }, () => {
  test("a kind that the cluster lacks is named, left out, or rendered all the same", async () => {
    const set = ["--set", "monitoring.serviceMonitor.enabled=true"];
    await assert.rejects(
      template(...set),
      /The cluster has no kind monitoring\.coreos\.com\/v1\/ServiceMonitor, which these values ask for\. Install/,
    );
    const known = ["--api-versions", "monitoring.coreos.com/v1/ServiceMonitor"];
    assert.equal(find(await render(...set, ...known), "ServiceMonitor").length, 1);
    assert.equal(find(await render(...set, "--set", "renderMode=skipIfMissing"), "ServiceMonitor").length, 0);
    assert.equal(find(await render(...set, "--set", "renderMode=alwaysRender"), "ServiceMonitor").length, 1);
  });

  test("the monitors select what the manifests label, and carry the labels by which a Prometheus finds them", async () => {
    const objects = await render("--set", `${everything},renderMode=alwaysRender,monitoring.labels.release=prom`);
    const [service] = find(objects, "ServiceMonitor");
    const labels = find(objects, "Service")[0]!.metadata.labels;
    assert.deepEqual(service!.spec.selector.matchLabels, labels);
    assert.equal(service!.spec.endpoints[0].port, find(objects, "Service")[0]!.spec.ports[0].name);
    const [agents, proxies] = find(objects, "PodMonitor");
    assert.deepEqual(agents!.spec.selector, find(objects, "DaemonSet")[0]!.spec.selector);
    assert.equal(agents!.metadata.namespace, "expedite-agent");
    for (const object of [service, agents, proxies, ...find(objects, "PrometheusRule")])
      assert.equal(object!.metadata.labels?.release, "prom");
    // As Prometheus applies them, one after another.
    const level = "batch";
    const counters: readonly (readonly [name: string, relabelled: Record<string, string>])[] = [
      ["expedite_inbound_requests_batch", { __name__: "expedite_requests_total", role: "inbound", level }],
      [
        "envoy_wasmcustom_expedite_gateway_requests_batch",
        { __name__: "expedite_requests_total", role: "gateway", level },
      ],
      ["expedite_inbound_queue_length_batch", { __name__: "expedite_queue_length", role: "inbound", level }],
      ["expedite_inbound_queue_rejected_batch", { __name__: "expedite_queue_rejected_total", role: "inbound", level }],
      ["expedite_inbound_queue_wait_ms_batch_sum", { __name__: "expedite_queue_wait_ms_sum", role: "inbound", level }],
      ["expedite_inbound_queue_in_flight", { __name__: "expedite_queue_in_flight", role: "inbound" }],
    ];
    for (const [name, relabelled] of counters) {
      let series: Record<string, string> = { __name__: name };
      for (const { sourceLabels, regex, targetLabel, action, replacement = "$1" } of proxies!.spec
        .podMetricsEndpoints[0].metricRelabelings) {
        const match = new RegExp(`^(?:${regex})$`).exec(series[sourceLabels[0]] ?? "");
        if (action === "keep") assert.ok(match !== null, name);
        else if (match !== null) series = { ...series, [targetLabel]: replacement.replace("$1", match[1] ?? "") };
      }
      assert.deepEqual(series, relabelled);
    }
  });

  test("alerts and dashboard arrive as they are, and name metrics that exist", async () => {
    const objects = await render("--set", `${everything},renderMode=alwaysRender`);
    const file = parse(readFileSync(join(chartFolder, "files/alerts.yaml"), "utf8"));
    assert.deepEqual(find(objects, "PrometheusRule")[0]!.spec, file);
    const [config] = find(objects, "ConfigMap");
    const dashboard = JSON.parse(config!.data["expedite.json"]);
    assert.equal(dashboard.panels.length, panels.length);
    assert.equal(config!.metadata.labels?.grafana_dashboard, "1");
    const documents = readdirSync(join(repository, "docs/operations")).map((name) =>
      readFileSync(join(repository, "docs/operations", name), "utf8"),
    );
    const known = documents.join("\n").replace(/`…(_\w+)`/g, "expedite_agent_class$1");
    const expressions = [
      ...alerts.map(({ expr }) => expr),
      ...panels.flatMap(({ queries }) => queries.map(([one]) => one)),
    ];
    for (const name of new Set(expressions.join(" ").match(/expedite_\w+/g))) assert.ok(known.includes(name), name);
    const page = readFileSync(join(repository, "docs/operations/metrics.md"), "utf8");
    for (const { alert, expr } of alerts) assert.ok(page.includes(`\`${expr}\``), `${alert}: ${expr}`);
  });

  test("Telemetry is in istiod's namespace, and the exception concerns the agents alone", async () => {
    const set = ["--set", `${everything},renderMode=alwaysRender,istioNamespace=mesh,telemetry.header=x-level`];
    const objects = await render(...set);
    const [telemetry] = find(objects, "Telemetry");
    assert.equal(telemetry!.metadata.namespace, "mesh");
    assert.match(JSON.stringify(telemetry!.spec), /request\.headers\['x-level'\]/);
    const [exception] = find(objects, "PolicyException");
    assert.deepEqual(exception!.spec.match.any[0].resources.namespaces, ["expedite-agent"]);
    const without = await render(...set, "--set", "agent.enabled=false");
    assert.deepEqual([...find(without, "PolicyException"), ...find(without, "DaemonSet")], []);
    assert.equal(find(without, "PodMonitor").length, 1);
  });

  test("whoever has the ladder in a repository can keep the controller from making one", async () => {
    const variables = async (...args: readonly string[]): Promise<readonly string[]> => {
      const [deployment] = find(await render(...args), "Deployment");
      const env: readonly { readonly name: string; readonly value?: string }[] =
        deployment!.spec.template.spec.containers[0].env;
      return env.filter(({ name }) => name === "EXPEDITE_CREATE_LADDER").map(({ value = "" }) => value);
    };
    assert.deepEqual([await variables(), await variables("--set", "createLadder=false")], [[], ["false"]]);
    const notes = await helm(
      ...["install", "expedite", chartFolder, "--namespace", "istio-system", "--dry-run=client"],
      ...["--set", "createLadder=false"],
    );
    assert.match(notes, /It waits for a PriorityLadder "default"/);
  });
});
