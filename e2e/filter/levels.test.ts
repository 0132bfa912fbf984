// A request's level on its way through real Envoy: classified at the gateway, carried through the application by whichever id that
// forwards, never raised by it, and returned on the response.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { correlators } from "@expedite/filter/config/schema.ts";
import { readStats } from "../envoy/admin.ts";
import { type Answer, send } from "../envoy/client.ts";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { waitUntil } from "../process/wait.ts";
import { ports, type Sidecar, startSidecar } from "./sidecar.ts";

const skip = missingWasmRuntime();
/** VMs of each role: two workers and the main thread. */
const vms = 3;
let sidecar: Sidecar | undefined;
before(async () => {
  if (skip !== false) return;
  sidecar = await startSidecar({ correlateBy: [...correlators] });
});
after(() => sidecar?.stop());

let last = 0;
/** Headers with ids that no other test uses. */
function ids(): Readonly<Record<"x-request-id" | "traceparent" | "b3", string>> {
  last += 1;
  const trace = (kind: number): string => `${kind}${last.toString(16).padStart(31, "0")}`;
  return {
    "x-request-id": `00000000-0000-4000-8000-${last.toString(16).padStart(12, "0")}`,
    traceparent: `00-${trace(1)}-00f067aa0ba902b7-01`,
    b3: `${trace(2)}-00f067aa0ba902b7-1`,
  };
}

/** The other correlators: an application that forwards one of them must have received it. */
function otherId(name: string): string {
  last += 1;
  const trace = `3${last.toString(16).padStart(31, "0")}`;
  const binary = Buffer.from(`0000${trace}0100f067aa0ba902b70201`, "hex").toString("base64");
  const ids: Readonly<Record<string, string>> = {
    "x-b3-traceid": trace,
    "x-datadog-trace-id": `${last}`,
    "x-cloud-trace-context": `${trace}/1;o=1`,
    "grpc-trace-bin": binary,
  };
  return ids[name]!;
}

/** The level that the application saw, that of its call, and that of the route that the call took. */
function report({ status, headers }: Answer): readonly (string | undefined)[] {
  assert.equal(status, 200);
  assert.equal(headers["x-call-status"], "200");
  return ["x-app-saw", "x-call-level", "x-call-route"].map((name) => headers[name]);
}

/** The same behind a gateway, and the level that the client gets: what the application claims doesn't count there. */
function toldAtEdge(answer: Answer): readonly (string | undefined)[] {
  return [...report(answer), answer.headers["x-request-priority"]];
}

const all = (level: string): string[] => [level, level, level];
/** The default level is the absence of the header. */
const unmarked = ["none", "none", "default"];
const allAtEdge = (level: string): string[] => [...all(level), level];

test("gateway: the first rule that matches gives the level, on request, call, route and response", {
  skip,
}, async () => {
  const forward = "forward=x-request-id";
  assert.deepEqual(toldAtEdge(await send(ports.gateway, `/export?${forward}`, ids())), allAtEdge("batch"));
  assert.deepEqual(
    toldAtEdge(await send(ports.gateway, `/?${forward}`, { ...ids(), "user-agent": "bot/1" })),
    allAtEdge("standard"),
  );
  assert.deepEqual(toldAtEdge(await send(ports.gateway, `/?${forward}`, ids())), [...unmarked, "interactive"]);
});

test("gateway: a level header sent by the client changes nothing", { skip }, async () => {
  for (const sent of ["interactive", "standard", "bulk", ["batch", "interactive"]]) {
    const headers = { ...ids(), "x-request-priority": sent };
    assert.deepEqual(
      toldAtEdge(await send(ports.gateway, "/export?forward=x-request-id", headers)),
      allAtEdge("batch"),
    );
    const plain = { ...ids(), "x-request-priority": sent };
    assert.deepEqual(toldAtEdge(await send(ports.gateway, "/?forward=x-request-id", plain)), [
      ...unmarked,
      "interactive",
    ]);
  }
});

for (const name of correlators)
  test(`an application that forwards only ${name} has the level on its call`, { skip }, async () => {
    const id = () => (name in ids() ? ids() : { [name]: otherId(name) });
    for (const level of ["batch", "standard"]) {
      const headers = { ...id(), "x-request-priority": level };
      assert.deepEqual(report(await send(ports.inbound, `/?forward=${name}`, headers)), all(level));
    }
    assert.deepEqual(report(await send(ports.inbound, `/?forward=${name}`, id())), unmarked);
  });

/** The headers of the inbound request, and the header that the application sends with its call. */
type Call = readonly [received: Readonly<Record<string, string | string[]>>, sent: string];

function doubled(name: "x-request-id" | "traceparent"): readonly Call[] {
  const [one, two, three, other] = [ids()[name], ids()[name], ids()[name], ids()[name]];
  return [
    [{ [name]: one }, `${name}: ${one}, ${one}`],
    [{ [name]: `${two},${other}` }, `${name}: ${two}`],
    [{ [name]: [three, other] }, `${name}: ${three},${other}`],
  ];
}

const upper = "4bf92f3577b34da6";
const [lower, other] = ["a3ce929d0e0e4736", "7ce66c50e2840011"];
const widths: readonly Call[] = [
  [{ traceparent: `00-${upper}${lower}-00f067aa0ba902b7-01` }, `x-datadog-trace-id: ${BigInt(`0x${lower}`)}`],
  [{ "x-datadog-trace-id": `${BigInt(`0x${other}`)}` }, `b3: ${upper}${other}-00f067aa0ba902b7`],
];

test("a call whose id is repeated or cut to 64 of its 128 bits gets the level", { skip }, async () => {
  for (const [received, sent] of [...doubled("x-request-id"), ...doubled("traceparent"), ...widths]) {
    const headers = { ...received, "x-request-priority": "batch" };
    const answer = await send(ports.inbound, `/?send=${encodeURIComponent(sent)}`, headers);
    assert.deepEqual(report(answer), all("batch"), `${JSON.stringify(received)} then ${sent}`);
  }
});

test("an application that forwards nothing calls at the default level", { skip }, async () => {
  const headers = { ...ids(), "x-request-priority": "batch" };
  assert.deepEqual(report(await send(ports.inbound, "/", headers)), ["batch", "none", "default"]);
});

test("an application that asks for a higher level does not get it", { skip }, async () => {
  for (const ask of [
    "ask=interactive",
    "ask=standard",
    "ask=bulk",
    "ask=interactive&ask=batch",
    "ask=batch&ask=interactive",
  ]) {
    const headers = { ...ids(), "x-request-priority": "batch" };
    const answer = await send(ports.inbound, `/?forward=x-request-id&${ask}`, headers);
    assert.deepEqual(report(answer), all("batch"), ask);
  }
});

test("an application that asks for a lower level gets it", { skip }, async () => {
  const headers = { ...ids(), "x-request-priority": "standard" };
  const answer = await send(ports.inbound, "/?forward=traceparent&ask=batch", headers);
  assert.deepEqual(report(answer), ["standard", "batch", "batch"]);
});

test("counters appear in /stats with the next ticks, under wasmcustom.expedite", { skip }, async () => {
  const read = (): Promise<ReadonlyMap<string, number>> => readStats(sidecar!.envoy.admin, "^wasmcustom\\.expedite\\.");
  /** Resolves once every VM has reported its counts so far, which is with its second tick from now. */
  const settle = async (): Promise<void> => {
    const ticks = (counters: ReadonlyMap<string, number>): number[] =>
      ["gateway", "inbound", "outbound"].map((role) => counters.get(`wasmcustom.expedite.${role}.ticks`) ?? 0);
    const before = ticks(await read());
    await waitUntil({ what: "every VM has ticked twice", seconds: 10 }, async () =>
      ticks(await read()).every((count, index) => count >= before[index]! + 2 * vms),
    );
  };
  await settle();
  const earlier = await read();
  const headers = { ...ids(), "x-request-priority": "batch" };
  await send(ports.gateway, "/?forward=x-request-id", headers);
  await send(ports.inbound, "/?forward=traceparent&ask=interactive", headers);
  await send(ports.inbound, "/", { ...ids(), "x-request-priority": "bulk" });
  const grown = async () => {
    const counters = [...(await read())].filter(([name]) => !/\.ticks(\.|$)|_seconds$/.test(name));
    const differences = counters.map(([name, value]) => [name, value - (earlier.get(name) ?? 0)] as const);
    return Object.fromEntries(differences.filter(([, value]) => value > 0));
  };
  const expected = {
    "wasmcustom.expedite.gateway.requests.interactive": 1,
    "wasmcustom.expedite.gateway.stripped": 1,
    "wasmcustom.expedite.inbound.requests.batch": 1,
    "wasmcustom.expedite.inbound.requests.interactive": 2,
    "wasmcustom.expedite.inbound.stripped": 1,
    // The requests of the first and the second call share ids but not levels: the highest level wins.
    "wasmcustom.expedite.outbound.joins.ambiguous": 1,
    "wasmcustom.expedite.outbound.joins.found.traceparent": 1,
    "wasmcustom.expedite.outbound.joins.found.x-request-id": 1,
    "wasmcustom.expedite.outbound.joins.missed.reviews.bookinfo": 1,
    "wasmcustom.expedite.outbound.requests.interactive": 3,
  };
  await settle();
  await waitUntil({ what: "the counters match the requests", seconds: 5 }, async () => {
    assert.deepEqual(await grown(), expected);
    return true;
  });
});
