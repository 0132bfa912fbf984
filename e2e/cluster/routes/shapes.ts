// VirtualServices of five shapes are created, changed and deleted under load of both levels. An answer is right if it follows the routes
// that were in force when the request was sent, or that changed at that time. How long old routes last is printed; alone.ts shows that
// destinations do not wait for a controller.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../process/wait.ts";
import { controllerLog } from "../controller.ts";
import type { Enrolled } from "../faults/enrolled.ts";
import { type Answered, failures, type Recorded, sendSome, whileLoaded } from "../fixed-rate.ts";
import { headersOf, levelsOfTest, reviews, routesToReviews } from "./caller.ts";
import { type Http, toVersion, virtualService } from "./objects.ts";

const perSecond = 15;
const tester = "x-user: tester";

/** What reviews reports of requests for /old/x, as regular expressions: for users that identify themselves, and for others. */
interface Right {
  readonly testers: string;
  readonly others: string;
}
interface State {
  readonly http: readonly Http[];
  readonly right: Right;
}
interface Shape {
  readonly what: string;
  readonly first: State;
  readonly second: State;
}

const both = (right: string): Right => ({ testers: right, others: right });
const nothing: Right = both("reviews-v[12] /old/x");

const byUser = (of: string, rest: string): State => ({
  http: [
    { name: "testers", match: [{ headers: { "x-user": { exact: "tester" } } }], route: [toVersion(of)] },
    { name: "rest", route: [toVersion(rest)] },
  ],
  right: { testers: `reviews-${of} /old/x`, others: `reviews-${rest} /old/x` },
});

const weighted = (v1: number): State => ({
  http: [
    {
      name: "some",
      route: [
        { ...toVersion("v1"), weight: v1 },
        { ...toVersion("v2"), weight: 100 - v1 },
      ],
    },
  ],
  right: nothing,
});

const rewritten = (by: string, version: string): State => ({
  http: [
    { name: "old", match: [{ uri: { prefix: "/old/" } }], rewrite: { uri: by }, route: [toVersion(version)] },
    { name: "rest", route: [toVersion(version)] },
  ],
  right: both(`reviews-${version} ${by}x`),
});

const timed = (timeout: string, attempts: number, version: string): State => ({
  http: [{ name: "timed", timeout, retries: { attempts, perTryTimeout: "5s" }, route: [toVersion(version)] }],
  right: both(`reviews-${version} /old/x`),
});

const said = (value: string, version: string): State => ({
  http: [{ name: "said", headers: { request: { set: { "x-route": value } } }, route: [toVersion(version)] }],
  right: both(`reviews-${version} /old/x x-route=${value}`),
});

const shapes: readonly Shape[] = [
  { what: "a subset by a header", first: byUser("v2", "v1"), second: byUser("v1", "v2") },
  { what: "weights", first: weighted(70), second: weighted(30) },
  { what: "a rewritten path", first: rewritten("/new/", "v1"), second: rewritten("/newer/", "v2") },
  { what: "timeout and retries", first: timed("15s", 3, "v1"), second: timed("20s", 1, "v2") },
  { what: "a header operation", first: said("canary", "v1"), second: said("stable", "v2") },
];

/**
 * When routes changed: `at`, kubectl was called; `there`, the caller's proxy had the new ones; `settled`, requests of all kinds got answers
 * by them.
 */
interface Change {
  readonly at: number;
  readonly there: number;
  readonly settled: number;
  readonly right: Right;
}

const loads = Object.fromEntries(
  levelsOfTest.flatMap((level) =>
    (["testers", "others"] as const).map((who) => [
      `${level} ${who}`,
      {
        ...{ url: `${reviews}/old/x`, perSecond },
        headers: [...headersOf[level], ...(who === "testers" ? [tester] : [])],
      },
    ]),
  ),
);

export function fiveShapes(mesh: () => Enrolled): void {
  for (const { what, first, second } of shapes)
    test(`${what} in a VirtualService is created, changed and deleted`, async () => {
      const { cluster } = mesh();
      const changes: Change[] = [{ at: 0, there: 0, settled: 0, right: nothing }];
      const change = async (right: Right, make: () => Promise<unknown>, isThere: () => Promise<boolean>) => {
        const at = Date.now();
        await make();
        await waitUntil({ what: "the proxy has the change", seconds: 20 }, isThere);
        const there = Date.now();
        await waitUntil({ what: "every request follows it", seconds: 30 }, () => isRight(mesh(), right));
        changes.push({ at, there, settled: Date.now(), right });
        await sleep(1_500);
      };
      const state = ({ http, right }: State): Promise<void> =>
        change(
          right,
          () => mesh().apply(virtualService(http)),
          async () => await hasRoutes(mesh(), http),
        );
      const results = await whileLoaded(cluster, loads, async () => {
        await sleep(1_000);
        await state(first);
        await state(second);
        await change(
          nothing,
          () => cluster.kubectl(["-n", "bookinfo", "delete", "virtualservice", "reviews"]),
          async () => !(await routesToReviews(cluster)).includes("virtual-service/reviews"),
        );
      });
      const loaded = Object.entries(results).map(([name, result]) => {
        const who = name.endsWith("testers") ? "testers" : "others";
        return {
          name,
          result,
          outcomes: changes.map((_, index) => outcomeOf(result.requests, changes, { index, who })),
        };
      });
      for (const { name, result, outcomes } of loaded) {
        const sum = (of: (one: ReturnType<typeof outcomeOf>) => number): number =>
          outcomes.reduce((total, one) => total + of(one), 0);
        const millis = (of: (one: ReturnType<typeof outcomeOf>) => number): string =>
          outcomes.slice(1).map(of).join(" ");
        console.log(
          `${what}, ${name}: ${result.requests.length} requests, ${failed(result, changes)}, ${result.repeated} sent again by the client, ${sum(({ wrong }) => wrong.length)} wrong, ${sum(({ mixed }) => mixed)} mixed; the last old answer was asked for so many ms after kubectl apply: ${millis(({ old }) => old)}; after the proxy had the change: ${millis(({ late }) => late.all)}, of the old version: ${millis(({ late }) => late.version)}`,
        );
      }
      for (const { name, result, outcomes } of loaded) {
        assert.equal(
          failures(result).length,
          0,
          `${result.errors.join("\n")}\n${await controllerLog(cluster.kubectl)}`,
        );
        for (const { wrong, settled, unsettled, mixed } of outcomes) {
          assert.deepEqual(wrong, [], name);
          assert.ok(settled > 0, `${name}: no request was sent while nothing changed`);
          assert.deepEqual(unsettled, [], `${name}: old answers after the change was in force`);
          // The other effects of a route change together with the destination, for all requests that are not demoted.
          if (name.startsWith("others")) assert.equal(mixed, 0, name);
        }
      }
    });
}

/** How many failed, and when they were sent, counted from the first change. */
function failed(result: Recorded, changes: readonly Change[]): string {
  const found = failures(result);
  const at = ({ start }: Answered): string => `${start - changes[1]!.at} ms`;
  const [first, last] = [found[0], found.at(-1)];
  return `${found.length} failed${first && last ? ` that were sent from ${at(first)} to ${at(last)}, the last of which took ${Math.round(last.tookMillis)} ms` : ""}`;
}

/** The version that answered, and the path and header that its route gave the request. */
function partsOf(met: string): readonly [version: string, rest: string] {
  const [, version = "", rest = ""] = /^(\S+) (.*)$/.exec(met.split(",")[0]!) ?? [];
  return [version, rest];
}

const isMet = (met: string, right: string): boolean => new RegExp(`^${right}$`).test(partsOf(met).join(" "));

interface Which {
  /** The index of the change. */
  readonly index: number;
  readonly who: keyof Right;
}

/** Evaluates the requests sent from one change to the next. */
function outcomeOf(requests: readonly Answered[], changes: readonly Change[], { index, who }: Which) {
  const { at, there, settled, right } = changes[index]!;
  const until = changes[index + 1]?.at ?? Number.POSITIVE_INFINITY;
  const before = (changes[index - 1]?.right ?? right)[who];
  const now = right[who];
  const sent = requests.filter(({ start }) => start >= at && start < until);
  const isVersion = ({ met }: Answered, of: string): boolean => new RegExp(`^${partsOf(of)[0]}$`).test(partsOf(met)[0]);
  const isRest = ({ met }: Answered, of: string): boolean => partsOf(met)[1] === partsOf(of)[1];
  const old = sent.filter(({ met }) => !isMet(met, now)).at(-1)?.start ?? at;
  const oldVersion = sent.filter((one) => !isVersion(one, now)).at(-1)?.start ?? at;
  return {
    /** Milliseconds from the start of kubectl until the last request with an old answer was sent. */
    old: old - at,
    /** The same from when the proxy had the change: for any old answer, and for answers of the old version. */
    late: { all: old - there, version: oldVersion - there },
    /** Answers that follow neither state, in their version or in what a route did to the request. */
    wrong: sent
      .filter((one) => !(isVersion(one, now) || isVersion(one, before)) || !(isRest(one, now) || isRest(one, before)))
      .map(({ met }) => met),
    /** Answers of the new version to requests that the old route rewrote, or vice versa. */
    mixed: sent.filter(({ met }) => !isMet(met, now) && !isMet(met, before)).length,
    settled: sent.filter(({ start }) => start > settled).length,
    /** Old answers after requests of all kinds had new ones. */
    unsettled: sent.filter(({ start, met }) => start > settled && !isMet(met, now)).map(({ met }) => met),
  };
}

/** Checks some requests of each kind besides those of the loads. */
async function isRight({ cluster }: Enrolled, right: Right): Promise<boolean> {
  for (const level of levelsOfTest)
    for (const who of ["testers", "others"] as const) {
      const headers = [...headersOf[level], ...(who === "testers" ? [tester] : [])];
      const { requests } = await sendSome(cluster, { url: `${reviews}/old/x`, headers });
      if (!requests.every(({ met }) => isMet(met, right[who]))) return false;
    }
  return true;
}

/** Recognises the state's routes by their names and by what distinguishes the first state from the second. */
async function hasRoutes({ cluster }: Enrolled, http: readonly Http[]): Promise<boolean> {
  const text = await routesToReviews(cluster);
  return marksOf(http).every((mark) => text.includes(mark));
}

function marksOf(http: readonly Http[]): readonly string[] {
  return http.flatMap(({ name, timeout, rewrite, headers, route }) => {
    const [{ destination, weight }] = route as readonly [{ destination: { subset: string }; weight?: number }];
    const cluster = `outbound|9080|${destination.subset}|reviews`;
    return [
      `"name":"${name}"`,
      ...(timeout === undefined ? [] : [`"timeout":"${timeout}"`]),
      ...(rewrite === undefined ? [] : [`"prefix_rewrite":"${(rewrite as { uri: string }).uri}"`]),
      ...(headers === undefined ? [] : [`"value":"${Object.values((headers as Operations).request.set)[0]}"`]),
      weight === undefined ? `"cluster":"${cluster}` : `"weight":${weight}`,
    ];
  });
}

interface Operations {
  readonly request: { readonly set: Readonly<Record<string, string>> };
}
