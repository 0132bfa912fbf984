// Makes random requests: headers and attributes of any bytes, most of them nearly valid.
import type { Header } from "../headers.ts";
import { streamAttributes } from "../stream-attributes.ts";
import { mutate } from "./mutate.ts";
import type { Random } from "./random.ts";

const names = [
  ...[":method", ":path", ":authority", "host", "content-type", "user-agent", "x-a", "x-b", "x-request-priority"],
  ...["x-request-id", "traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled"],
  ...["x-datadog-trace-id", "x-cloud-trace-context", "grpc-trace-bin"],
];

const values = [
  ...["GET", "POST", "a.example:80", "[::1]:443", "/a.b/c?p=q&q&pq=a=b", "/ab/a/b//ab", "application/grpc+proto", "ab"],
  ...["interactive", "batch", "7d1b1c8e-93a5-4c2f-8f6e-0d9f3f6f2a11", "4bf92f3577b34da6", "12345678901234567890"],
  ...["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1"],
  ...["105445aa7843bc8bf206b12000100000/1;o=1", "AABL+S81d7NNpqPOkp0ODkc2AQDwZ6oLqQK3AgE=", "a=1,b@c=2, d=batch;p"],
  ...["4bf92f3577b34da6, 4bf92f3577b34da6", ",\t a = b%61tch ; p = 1;q,b=%4", "a.example.:80"],
];

/** Larger than everything that the filter can hold of a request. */
const hugeSize = 70_000;

function value(random: Random): string {
  if (random.once(400)) return random.bytes(1).repeat(hugeSize);
  switch (random.below(5)) {
    case 0:
      return random.pick(values);
    case 1:
      return random.bytes(random.below(40));
    case 2:
      return "";
    default:
      return mutate(random, random.pick(values));
  }
}

/** @param header the configuration's own header, which is among the names */
export function randomHeaders(random: Random, header: string, levels: readonly string[]): Header[] {
  const list: Header[] = [];
  for (let left = random.below(12); left > 0; left--) list.push([random.pick(names), value(random)]);
  if (random.once(2)) list.push([header, random.once(2) ? random.pick(levels) : value(random)]);
  if (random.once(8)) list.push([header, value(random)]);
  return list;
}

const claims = { c: ["ab", { d: "a" }, 1, true], d: { c: "ab", d: { d: [] } } };
const attributes = [...streamAttributes({ claims, principal: "td/ns/a/sa/x" })].map(
  ([path, bytes]) => [path, Buffer.from(bytes ?? "").toString("latin1")] as const,
);

/** Attributes of the route that Envoy chose; the first ones belong to a listed route to a Service. */
const routes: Readonly<Record<string, readonly string[]>> = {
  "xds.cluster_name": [
    "outbound|80|v2|a.b.svc.cluster.local",
    "outbound|80||a.b.svc.cluster.local",
    "PassthroughCluster",
  ],
  "xds.route_name": ["a", "default", ""],
  "xds.route_metadata.filter_metadata.istio.config": [
    "/vs",
    "/apis/networking.istio.io/v1/namespaces/a/virtual-service/b",
  ],
};

function chooseRoute(random: Random, chosen: Map<string, string>): void {
  for (const [path, values] of Object.entries(routes)) {
    if (random.once(4)) continue;
    const value = random.once(2) ? values[0]! : random.pick(values);
    chosen.set(path, random.once(400) ? value.repeat(3000) : random.once(4) ? mutate(random, value) : value);
  }
}

/** A list that contains the route above. */
export const fuzzedRoutes = ["/vs a", "/vs default"];

export function randomAttributes(random: Random): Map<string, string> {
  const chosen = new Map<string, string>();
  for (const [path, bytes] of attributes) {
    if (random.once(2)) continue;
    chosen.set(path, random.once(400) ? "\0".repeat(hugeSize) : random.once(3) ? bytes : mutate(random, bytes));
  }
  chooseRoute(random, chosen);
  return chosen;
}
