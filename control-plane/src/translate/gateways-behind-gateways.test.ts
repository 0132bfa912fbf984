// Trees of calls through sidecars and two gateways, each of which trusts nobody's level, the mesh's or everybody's, and classifies or does
// not. The ladder's default level is no header, unless the control plane has it written. Whether it does or not, every request has the level
// of a model in which each request always carries its level.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import type { FilterVm } from "@expedite/filter/host/filter-vm.ts";
import { SharedData } from "@expedite/filter/host/shared-data.ts";
import { configOf, levelHeader, levels, levelsOf, startFilter } from "@expedite/filter/host/sidecar.ts";
import fc from "fast-check";
import { twoLevelLadder } from "../../test/two-level-ladder.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { Classification } from "../core/plan.ts";
import { writesDefault } from "./default-level.ts";

type LevelName = (typeof levels)[number];

const paths = ["/export", "/page"] as const;
const level = fc.constantFrom(...levels);

/** Rules for one path, for every path, or none. */
const classification = (trust: fc.Arbitrary<Classification["trust"]>): fc.Arbitrary<Classification> =>
  fc
    .record({
      trust,
      rules: fc.array(fc.record({ level, path: fc.option(fc.constantFrom(...paths), { nil: undefined }) }), {
        maxLength: 2,
      }),
      defaultLevel: fc.option(level, { nil: undefined }),
    })
    .map(({ trust, rules, defaultLevel }) => ({
      trust,
      rules: rules.map(({ level, path }, index) => ({
        ...{ name: `rule-${index}`, policy: "a/a", level },
        match: path === undefined ? {} : { path: { exact: path } },
      })),
      ...(defaultLevel === undefined ? {} : { defaultLevel }),
    }));

/** Most sidecars of a mesh do not classify. */
const sidecar = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Classification>({ trust: "Mesh", rules: [] }) },
  { weight: 1, arbitrary: classification(fc.constantFrom("Never", "Mesh", "Always")) },
);

interface Call {
  readonly gateways: readonly number[];
  readonly path: (typeof paths)[number];
  /** What the application writes into the level's header. */
  readonly ask: LevelName | undefined;
  readonly calls: readonly Call[];
}

const callOf = fc.memo((depth) =>
  fc.record({
    gateways: fc.subarray([0, 1]),
    path: fc.constantFrom(...paths),
    ask: fc.option(level, { nil: undefined, freq: 2 }),
    calls: depth <= 1 ? fc.constant<Call[]>([]) : fc.array(callOf(), { maxLength: 2 }),
  }),
) as fc.Memo<Call>;

/** Each service receives one request of a tree, so that what it stored is that request's level. */
const services = 7;

const trial = fc.record({
  defaultLevel: level,
  gateways: fc.tuple(
    classification(fc.constantFrom("Never", "Mesh", "Always")),
    classification(fc.constantFrom("Never", "Mesh", "Always")),
  ),
  sidecars: fc.array(sidecar, { minLength: services, maxLength: services }),
  tree: callOf(3),
});

const ladderOf = (defaultLevel: string): PriorityLadder =>
  twoLevelLadder({
    levels: levels.map((name, index) => ({ name, ...(name === defaultLevel ? {} : { dscp: `CS${index + 1}` }) })),
    defaultLevel,
  });

const peer = new Map([["connection.uri_san_peer_certificate", "spiffe://cluster.local/ns/a/sa/b"]]);

/** A request as it is on the wire, and as the model has it. */
interface Request {
  readonly header: string | undefined;
  /** Undefined: nobody gave it a level, because it comes from outside. */
  readonly level: LevelName | undefined;
  readonly path: string;
}

class Mesh {
  readonly #defaultLevel: LevelName;
  readonly writesDefault: boolean;
  readonly #start: (role: FilterConfig["role"], own: Partial<FilterConfig>, sharedData: SharedData) => FilterVm;
  readonly #gateways: readonly (readonly [Classification, FilterVm])[];
  readonly #sidecars: readonly Classification[];
  #served = 0;

  constructor(defaultLevel: LevelName, gateways: readonly Classification[], sidecars: readonly Classification[]) {
    this.#defaultLevel = defaultLevel;
    this.writesDefault = writesDefault(ladderOf(defaultLevel), [...sidecars, ...gateways]);
    const common = { defaultLevel, ...(this.writesDefault ? { writeDefault: true } : {}), slotSets: 64 };
    this.#start = (role, own, sharedData) => startFilter(configOf(role, { ...common, ...own }), { sharedData });
    this.#gateways = gateways.map((own) => [own, this.#start("gateway", fieldsOf(own), new SharedData())]);
    this.#sidecars = sidecars;
  }

  /** Passes a request through gateways to the next service, which makes its calls. */
  send(request: Request, { gateways, path, calls }: Call, isInside: boolean): void {
    let passed: Request = { ...request, path };
    let isOfMesh = isInside;
    for (const at of gateways) {
      passed = this.#receive(this.#gateways[at]![1], this.#gateways[at]![0], passed, isOfMesh);
      isOfMesh = true;
    }
    const own = this.#sidecars[this.#served++]!;
    const data = new SharedData();
    const received = this.#receive(this.#start("inbound", fieldsOf(own), data), own, passed, isOfMesh);
    if (calls.length === 0) return;
    const outbound = this.#start("outbound", { trust: "Never" }, data);
    const cause = received.level!;
    for (const call of calls) {
      const asked = call.ask === undefined ? {} : { [levelHeader]: call.ask };
      const found = levelsOf(outbound, { "x-request-id": "one", ":path": call.path, ...asked });
      const isGranted = call.ask !== undefined && levels.indexOf(call.ask) >= levels.indexOf(cause);
      const level = isGranted ? call.ask : cause;
      this.send(
        { header: this.#checked(found, level, { written: call.ask, isNamed: true }), level, path: call.path },
        call,
        true,
      );
    }
  }

  #receive(vm: FilterVm, own: Classification, { header, level, path }: Request, isOfMesh: boolean): Request {
    const headers = {
      ":path": path,
      "x-request-id": "one",
      ...(header === undefined ? {} : { [levelHeader]: header }),
    };
    const found = levelsOf(vm, headers, isOfMesh ? peer : undefined);
    const isBelieved = own.trust === "Always" || (own.trust === "Mesh" && isOfMesh);
    const classified = own.rules.find(({ match }) => match.path === undefined || match.path.exact === path)?.level;
    const given = (isBelieved ? level : undefined) ?? classified ?? own.defaultLevel;
    const result = (given ?? this.#defaultLevel) as LevelName;
    // To its own application, a sidecar does not name a level that nobody gave.
    const isNamed = given !== undefined || this.#gateways.some(([, gateway]) => gateway === vm);
    return { header: this.#checked(found, result, { written: header, isNamed }), level: result, path };
  }

  /** A header that names the default level, as an application wrote it, stays. */
  #checked(
    found: readonly string[],
    level: LevelName,
    { written, isNamed }: { readonly written: string | undefined; readonly isNamed: boolean },
  ): string | undefined {
    const isWritten = level !== this.#defaultLevel || (this.writesDefault && isNamed);
    const wanted = isWritten || (found.length > 0 && written === level) ? [level] : [];
    assert.deepEqual(found, wanted);
    return found[0];
  }
}

const fieldsOf = ({ trust, rules, defaultLevel }: Classification): Partial<FilterConfig> => ({
  trust,
  ...(trust === "Mesh" ? { trustDomains: ["cluster.local"] } : {}),
  ...(rules.length === 0 ? {} : { rules: rules.map(({ policy: _, ...rule }) => rule) }),
  ...(defaultLevel === undefined ? {} : { classifyDefault: defaultLevel }),
});

test("a gateway behind a gateway, and a sidecar, keep the level that a request was given, the default level included", () => {
  const trials = { written: 0, absent: 0 };
  fc.assert(
    fc.property(trial, ({ defaultLevel, gateways, sidecars, tree }) => {
      const mesh = new Mesh(defaultLevel, gateways, sidecars);
      mesh.send({ header: undefined, level: undefined, path: tree.path }, { ...tree, gateways: [0, 1] }, false);
      trials[mesh.writesDefault ? "written" : "absent"]++;
    }),
    { numRuns: 200 },
  );
  assert.ok(trials.written > 10 && trials.absent > 10, JSON.stringify(trials));
});
