// A canary of reviews under load of both levels: v1 90 and v2 10, then half and half, then v2 alone, whatever is down meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { podsGone } from "../../kubernetes/ready.ts";
import { waitUntil } from "../../process/wait.ts";
import { controllerLog, controllerPods } from "../controller.ts";
import { countDscp } from "../dscp.ts";
import type { Enrolled } from "../faults/enrolled.ts";
import { type Answered, failures, sendSome, whileLoaded } from "../fixed-rate.ts";
import { between, headersOf, levelsOfTest, reviews, routesToReviews, sentToReviews } from "./caller.ts";
import { virtualService, weighted } from "./objects.ts";

/** Requests per second of each level. A busy machine manages fewer, and the test then takes longer. */
const perSecond = 150;
const steps = [
  { v1: 90, v2: 10 },
  { v1: 50, v2: 50 },
  { v1: 0, v2: 100 },
] as const;
/** Allowed deviation of v2's share from its weight, in percentage points. */
const points = 3;

/** With this many requests, chance alone exceeds the deviation in one of ten thousand windows: four standard deviations. */
export function requestsFor(percent: number, points: number): number {
  const share = percent / 100;
  return Math.max(500, Math.ceil(share * (1 - share) * (4 / (points / 100)) ** 2));
}

const situations = [
  { what: "while the controller runs" },
  { what: "while the controller is scaled to 0", isAlone: true },
  { what: "while istiod is killed before each step", isIstiodKilled: true },
] as const satisfies readonly { readonly what: string; readonly isAlone?: true; readonly isIstiodKilled?: true }[];

interface Window {
  readonly v2: number;
  readonly from: number;
  readonly to: number;
}

export function canaries(mesh: () => Enrolled): void {
  for (const situation of situations)
    test(`a canary ${situation.what}`, async () => {
      const { cluster } = mesh();
      const { kubectl } = cluster;
      await mesh().apply(virtualService(weighted(90, 10)));
      await hasWeights(mesh(), 10);
      await takesItsConnections(mesh());
      if ("isAlone" in situation) await scale(mesh(), 0);
      const [first, second] = cluster.nodes;
      const pod = await kubectl(["-n", "bookinfo", "get", "pod", ...v2, "-o", "jsonpath={.items[0].status.podIP}"]);
      const counters = {
        "requests with CS1": await countDscp(first!, { dscp: "cs1", direction: "requests", pod }),
        "requests without": await countDscp(first!, { dscp: "cs0", direction: "requests", pod }),
        "responses with CS1": await countDscp(second!, { dscp: "cs1", direction: "responses", pod }),
      };
      const before = await sentToReviews(cluster);
      const windows: Window[] = [];
      const start = Date.now();
      const at = (time: number): string => `${((time - start) / 1_000).toFixed(1)} s`;
      const loads = {
        batch: { url: `${reviews}/reviews`, perSecond, headers: headersOf.batch },
        others: { url: `${reviews}/reviews`, perSecond, headers: headersOf.others },
      };
      const results = await whileLoaded(cluster, loads, async () => {
        for (const step of steps) {
          if ("isIstiodKilled" in situation) await mesh().kill(["-l", "app=istiod"], "discovery");
          // istiod's webhook validates it, so this waits until istiod is back.
          await mesh().apply(virtualService(weighted(step.v1, step.v2)));
          await hasWeights(mesh(), step.v2);
          // The proxy's workers have it a moment after its main thread reports it.
          await sleep(1_000);
          const from = Date.now();
          await untilSent(requestsFor(step.v2, points), () => sentToReviews(cluster));
          windows.push({ v2: step.v2, from, to: Date.now() });
        }
      });
      const sent = between(before, await sentToReviews(cluster));
      const packets = Object.fromEntries(
        await Promise.all(Object.entries(counters).map(async ([name, one]) => [name, await one.read()])),
      );
      for (const { stop } of Object.values(counters)) await stop();
      if ("isAlone" in situation) {
        await scale(mesh(), 1);
        await mesh().inForce(60);
      }
      for (const level of levelsOfTest) {
        const { requests, repeated } = results[level];
        const failed = failures(results[level]);
        const when = failed.length === 0 ? "" : ` from ${at(failed[0]!.start)} to ${at(failed.at(-1)!.start)}`;
        const shares = windows.map((window) => shareOf(requests, window));
        console.log(
          `canary ${situation.what}, ${level}: ${requests.length} requests, ${failed.length} failed${when}, ${repeated} sent again by the client, ${sent[level]} on the level's connections; v2 ${shares.map(({ percent, count }, index) => `${percent.toFixed(1)} % of ${count} at weight ${windows[index]!.v2} from ${at(windows[index]!.from)}`).join(", ")}`,
        );
      }
      console.log(`packets between the nodes, to and from reviews-v2: ${JSON.stringify(packets)}`);
      for (const level of levelsOfTest) {
        const { requests, errors } = results[level];
        const shares = windows.map((window) => shareOf(requests, window));
        assert.equal(failures(results[level]).length, 0, `${errors.join("\n")}\n${await controllerLog(kubectl)}`);
        for (const [index, { percent, count }] of shares.entries()) {
          assert.ok(count >= requestsFor(windows[index]!.v2, points) * 0.9, `${count} requests`);
          assert.ok(Math.abs(percent - windows[index]!.v2) <= points, `${level}: ${percent} %`);
        }
        assert.equal(sent[level], requests.length, "each on its level's connections");
        const onV2 = requests.filter(({ met }) => met.startsWith("reviews-v2 ")).length;
        assert.ok(
          packets[level === "batch" ? "requests with CS1" : "requests without"] >= onV2,
          JSON.stringify(packets),
        );
        if (level === "batch") assert.ok(packets["responses with CS1"] >= onV2, JSON.stringify(packets));
      }
    });
}

/** Resolves once this many more requests of each level have been sent. @param sent as sentBySubset returns it */
export async function untilSent(count: number, sent: () => Promise<Readonly<Record<string, number>>>): Promise<void> {
  const before = await sent();
  let now = between(before, before);
  const detail = (): string => JSON.stringify(now);
  await waitUntil({ what: `${count} requests of each level are sent`, seconds: count / 20, detail }, async () => {
    await sleep(1_000);
    now = between(before, await sent());
    return levelsOfTest.every((level) => now[level] >= count);
  });
}

const v2 = ["-l", "app=reviews,version=v2"];

function shareOf(requests: readonly Answered[], { from, to }: Window) {
  const inside = requests.filter(({ start }) => start >= from && start < to);
  const count = inside.filter(({ met }) => met.startsWith("reviews-v2 ")).length;
  return { count: inside.length, percent: (100 * count) / inside.length };
}

/** Waits until the caller's proxy has the weights. */
async function hasWeights({ cluster }: Enrolled, percent: number): Promise<void> {
  const alone = percent === 100 ? '|"cluster":"outbound\\|9080\\|v2\\|' : "";
  const isThere = new RegExp(`"weight":${percent}[,}]${alone}`);
  await waitUntil({ what: `the proxy has ${percent} % for v2`, seconds: 60 }, async () =>
    isThere.test(await routesToReviews(cluster)),
  );
}

/**
 * Waits until requests of level batch from the caller to reviews take its connections: the route is on the list, and the level's clusters
 * exist.
 */
export async function takesItsConnections({ cluster }: Enrolled): Promise<void> {
  await waitUntil({ what: "batch takes its level's connections to reviews", seconds: 30 }, async () => {
    const before = await sentToReviews(cluster);
    const { requests } = await sendSome(cluster, { url: `${reviews}/reviews`, headers: headersOf.batch });
    return between(before, await sentToReviews(cluster)).batch === requests.length;
  });
}

export async function scale({ cluster: { kubectl } }: Enrolled, replicas: number): Promise<void> {
  await kubectl(["-n", "istio-system", "scale", "deployment/expedite", `--replicas=${replicas}`]);
  if (replicas === 0) await podsGone(kubectl, "istio-system", controllerPods);
}
