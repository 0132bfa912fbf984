// The route list after a configuration: which lists are refused, by schema and filter at the same path, and how a VM exchanges its list.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { defaultVariant, levelClusterState } from "../config/level-cluster.ts";
import {
  maxExcludedHosts,
  maxListedRoutes,
  maxRouteListBytes,
  maxVariants,
  pluginConfiguration,
  type RouteList,
  routeIdentity,
  routeList,
  routeListId,
} from "../config/route-list.ts";
import { arbitraryRouteList } from "./arbitrary-config.ts";
import { type FilterVm, startFilterVm } from "./filter-vm.ts";
import { assertListRefused, type Refusal } from "./refusal.ts";
import { configOf, filterModule, levelHeader } from "./sidecar.ts";

const config = JSON.stringify(configOf("outbound", { levelClusters: ["batch"], clusterDomain: "cluster.local" }));
const accepted = { accepted: true, logs: [] };
const start = (list?: RouteList): FilterVm => {
  const vm = startFilterVm({ module: filterModule });
  assert.deepEqual(vm.configure(pluginConfiguration(config, list)), accepted);
  return vm;
};

/** The variant that a batch request on a user's route gets. */
function variantOf(vm: FilterVm, name: string, path = "/reviews", rootId = ""): string | undefined {
  const cluster = "outbound|80||a.b.svc.cluster.local";
  const attributes = { "xds.cluster_name": cluster, "xds.route_name": name, plugin_root_id: rootId };
  const metadata = { "xds.route_metadata.filter_metadata.istio.config": path };
  vm.request([[levelHeader, "batch"]], new Map(Object.entries({ ...attributes, ...metadata })));
  return vm.filterState.get(levelClusterState);
}

/** The variant that a batch request on a host's default route gets. */
function defaultVariantOf(vm: FilterVm, host: string, rootId = ""): string | undefined {
  const attributes = {
    "xds.cluster_name": `outbound|80||${host}`,
    "xds.route_name": "default",
    plugin_root_id: rootId,
  };
  vm.request([[levelHeader, "batch"]], new Map(Object.entries(attributes)));
  return vm.filterState.get(levelClusterState);
}

const nameOf = (index: number): string => index.toString(16).padStart(16, "0");
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const listOf = (...names: string[]): RouteList => ({
  variants: names.map((name, index) => ({ name: nameOf(index), routes: [routeIdentity("/reviews", name)] })),
  excludedHosts: [],
});
const good = { variants: [{ name: nameOf(0), routes: ["a"] }], excludedHosts: ["b"] };
const variants = (changes: object) => ({ ...good, variants: [...good.variants, { ...good.variants[0], ...changes }] });

const bad: readonly Refusal[] = [
  ["text", "", "must be an object"],
  [[], "", "must be an object"],
  [{ ...good, foo: 1 }, "", '"foo" is not one of: variants, excludedHosts'],
  [{ excludedHosts: [] }, "variants", "is required"],
  [{ variants: [] }, "excludedHosts", "is required"],
  [{ ...good, variants: {} }, "variants", "must be an array"],
  [
    { ...good, variants: numbers(maxVariants + 1).map(() => good.variants[0]) },
    "variants",
    `has too many items; the most allowed are ${maxVariants}`,
  ],
  [
    variants({ name: "0123456789abcde" }),
    "variants[1].name",
    '"0123456789abcde" is not 16 lower-case hexadecimal digits',
  ],
  [variants({ name: "0123456789abcdeF" }), "variants[1].name", '"0123456789abcdeF" is not 16 lower-case'],
  [variants({ name: "default" }), "variants[1].name", '"default" is not 16 lower-case'],
  [variants({ name: undefined }), "variants[1].name", "is required"],
  [variants({ routes: undefined }), "variants[1].routes", "is required"],
  [variants({ other: 1 }), "variants[1]", '"other" is not one of: name, routes'],
  [variants({ routes: [] }), "variants[1].routes", "must have an item"],
  [variants({ routes: ["a", ""] }), "variants[1].routes[1]", "must not be empty"],
  [variants({ routes: ["a", 1] }), "variants[1].routes[1]", "must be a string"],
  [
    variants({ routes: ["a".repeat(513)] }),
    "variants[1].routes[0]",
    "is too long; the most characters allowed are 512",
  ],
  [variants({ routes: numbers(4096).map(String) }), "variants", "have too many routes; the most allowed are 4096"],
  [
    { ...good, excludedHosts: ["a".repeat(254)] },
    "excludedHosts[0]",
    "is too long; the most characters allowed are 253",
  ],
  [{ ...good, excludedHosts: [""] }, "excludedHosts[0]", "must not be empty"],
  [
    { ...good, excludedHosts: numbers(4097).map(String) },
    "excludedHosts",
    "has too many items; the most allowed are 4096",
  ],
  [
    { ...good, excludedHosts: numbers(1400).map((i) => `${i}`.padEnd(200)) },
    "",
    "is too long; the most bytes allowed are 262144",
  ],
];

for (const refusal of bad)
  test(`route list: refused: ${refusal[1] || "the whole"}: ${refusal[2]}`, () => assertListRefused(config, refusal));

test("route list: text that is not JSON is refused, and so is an empty second line", () => {
  const empty = JSON.stringify(listOf());
  for (const [text, words] of [
    ["", "must be an object"],
    [`${empty}{}`, "has text after its end"],
    [`${empty}\n${empty}`, "has text after its end"],
    ['{"variants":[{"name":"\\q"}]}', "variants[0].name: is not JSON: a string is malformed"],
  ]) {
    const { logs } = startFilterVm({ module: filterModule }).configure(`${config}\n${text}`);
    assert.deepEqual(logs, [`expedite: route list refused: ${words}`]);
  }
});

test("route list: good ones are accepted by both", () => {
  fc.assert(
    fc.property(arbitraryRouteList, (list) => {
      assert.ok(routeList.safeParse(list).success);
      start(list);
    }),
    { numRuns: 300 },
  );
});

test("route list: the longest list is accepted, and each of its entries is found", () => {
  const perVariant = maxListedRoutes / maxVariants;
  const list: RouteList = {
    variants: numbers(maxVariants).map((index) => ({
      name: nameOf(index),
      routes: numbers(perVariant).map((at) => routeIdentity(`/vs/${index}`, `${at}`)),
    })),
    excludedHosts: numbers(maxExcludedHosts).map((index) => `${index}.svc.cluster.local`),
  };
  assert.ok(JSON.stringify(list).length < maxRouteListBytes);
  const vm = start(list);
  for (const index of numbers(maxVariants))
    for (const at of numbers(perVariant)) assert.equal(variantOf(vm, `${at}`, `/vs/${index}`), nameOf(index));
  for (const index of numbers(maxExcludedHosts))
    assert.equal(defaultVariantOf(vm, `${index}.svc.cluster.local`), undefined);
  for (const index of numbers(10_000)) {
    assert.equal(variantOf(vm, `${index}`, `/vs/${maxVariants}`), undefined);
    assert.equal(defaultVariantOf(vm, `x${index}.svc.cluster.local`), defaultVariant);
  }
});

test("route list: a running VM takes another list, and a missing list counts as empty", () => {
  const vm = start();
  const variantsOf = () => ["one", "two"].map((name) => variantOf(vm, name));
  assert.deepEqual(variantsOf(), [undefined, undefined]);
  for (const [list, expected] of [
    [listOf("one"), [nameOf(0), undefined]],
    [listOf("two", "one"), [nameOf(1), nameOf(0)]],
    [undefined, [undefined, undefined]],
    [listOf("two"), [undefined, nameOf(0)]],
    [listOf(), [undefined, undefined]],
  ] as const) {
    assert.deepEqual(vm.configure(pluginConfiguration(config, list)), accepted);
    assert.deepEqual(variantsOf(), expected);
  }
});

test("route list: while several lists live, the list of the request's plugin applies; while one does, that costs no call", () => {
  const second = 1_000_000_000n;
  let time = 1_700_000_000n * second;
  const vm = startFilterVm({ module: filterModule, clock: () => time });
  const [one, two] = [listOf("one"), listOf("two")];
  const [first, other] = [routeListId(one), routeListId(two)];
  const set = (list: RouteList): void => void vm.configure(pluginConfiguration(config, list), routeListId(list));
  const asks = (): boolean => vm.calls.includes("proxy_get_property plugin_root_id");
  const pass = (seconds: number, ...living: string[]): void => {
    for (let i = 0; i < seconds; i++) {
      time += second;
      for (const id of living) vm.tick(id);
    }
  };
  const both = (id: string) => ["one", "two"].map((name) => variantOf(vm, name, "/reviews", id) !== undefined);
  set(one);
  assert.deepEqual(both(first), [true, false]);
  assert.ok(!asks());
  set(two);
  for (const _ of [1, 2]) {
    assert.deepEqual(
      [both(first), both(other)],
      [
        [true, false],
        [false, true],
      ],
    );
    assert.ok(asks());
    pass(5, first, other);
  }
  // Envoy goes back to the first list without configuring it.
  pass(5, first);
  assert.deepEqual(both(first), [true, false]);
  assert.ok(!asks());
  for (const name of ["three", "four", "five"]) set(listOf(name));
  pass(1, first);
  assert.deepEqual(both(first), [true, false], "unused lists are dropped first");
  for (const name of ["six", "seven", "eight", "nine"]) set(listOf(name));
  pass(1, first);
  const unknown = defaultVariantOf(vm, "a.b.svc.cluster.local", first);
  assert.deepEqual(
    [both(first), unknown],
    [[false, false], undefined],
    "nothing is known of the routes of a dropped list",
  );
});

test("route list: a refused list changes nothing, whether the list or the first line is invalid", () => {
  const vm = start(listOf("one"));
  for (const text of [
    `${config}\n{}`,
    `${config}\n${JSON.stringify({ ...listOf("two"), excludedHosts: [""] })}`,
    `${config} \n${JSON.stringify(listOf("two"))}`,
    JSON.stringify(listOf("two")),
    "",
  ]) {
    const { accepted, logs } = vm.configure(text);
    assert.deepEqual([accepted, logs.length], [false, 1]);
    assert.deepEqual([variantOf(vm, "one"), variantOf(vm, "two")], [nameOf(0), undefined]);
  }
});

test("route list: it is accepted or refused together with a VM's first configuration", () => {
  const vm = startFilterVm({ module: filterModule });
  assert.ok(!vm.configure(`${config}\n{}`).accepted);
  assert.equal(variantOf(vm, "one"), undefined);
  const rules = numbers(900).map((index) => ({
    name: "rule",
    match: { path: { prefix: `/${index}` } },
    level: "batch",
  }));
  const larger = JSON.stringify({ ...JSON.parse(config), rules });
  assert.deepEqual(vm.configure(pluginConfiguration(larger, listOf("one"))), accepted);
  assert.equal(variantOf(vm, "one"), nameOf(0));
  assert.match(vm.configure(config).logs[0] ?? "", /differs from the one that this VM has/);
});

test("route list: ten thousand exchanges need no more memory than the first list", () => {
  const vm = start(listOf("one"));
  const before = vm.pages;
  for (let i = 1; i <= 10_000; i++) {
    const long = numbers(i % 97).map((index) => `route-${i}-${index}`);
    const text =
      i % 10 === 0
        ? `${config}\n{"variants":1}`
        : pluginConfiguration(config, listOf(`last-${i}`, ...long.slice(0, 15)));
    assert.equal(vm.configure(text).accepted, i % 10 !== 0);
    if (i % 10 !== 0) assert.equal(variantOf(vm, `last-${i}`), nameOf(0));
  }
  assert.equal(vm.pages, before);
});
