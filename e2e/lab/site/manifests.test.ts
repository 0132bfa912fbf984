// The two files for readers agree with what the lab's code assumes.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { levels, paths } from "../classes.ts";
import { profiles } from "../profiles.ts";
import { bookinfo, writeManifests } from "./manifests.ts";

const read = (name: string) => readFileSync(join(import.meta.dirname, "..", name), "utf8");

test("the ladder has the levels of the two classes, highest first; batch is CS1", () => {
  const { spec } = parse(read("priority-ladder.yaml"));
  assert.deepEqual(
    spec.levels.map((level: { name: string }) => level.name),
    [levels.ls, levels.batch],
  );
  assert.equal(spec.levels[1].dscp, "CS1");
  assert.equal(spec.defaultLevel, levels.ls);
});

test("the limit of the queue is a little above what ratings works on in parallel", () => {
  const { spec } = parse(read("request-queue.yaml"));
  const { workers } = profiles.compute.work!;
  assert.ok(spec.concurrencyLimit.fixed >= 1.25 * workers && spec.concurrencyLimit.fixed <= 2 * workers);
});

test("the policy demotes the path of batch", () => {
  const [policy] = parseAllDocuments(read("priority-policy.yaml")).map((document) => document.toJS());
  assert.deepEqual(policy.spec.rules, [
    { name: "exports", match: { path: { prefix: paths.batch } }, level: levels.batch },
  ]);
});

const setting = {
  ...({
    levels: false,
    queue: "levels",
    bottleneck: "pod",
    scavenger: false,
    backup: "none",
    admission: "none",
    replicas: 1,
  } as const),
};

test("the copy differs from the file only in its mode, and in what an arm says", () => {
  const folder = mkdtempSync(join(tmpdir(), "manifests-"));
  try {
    writeManifests(folder, profiles.quick, setting);
    assert.deepEqual(readdirSync(folder).sort(), ["bookinfo.yaml", "priority-ladder.yaml", "priority-policy.yaml"]);
    const copy = parse(readFileSync(join(folder, "priority-ladder.yaml"), "utf8"));
    const original = parse(read("priority-ladder.yaml"));
    assert.deepEqual(copy, { ...original, spec: { ...original.spec, mode: "Disabled" } });
    writeManifests(folder, profiles.quick, { ...setting, levels: true, queue: "pfifo", scavenger: true });
    const { spec } = parse(readFileSync(join(folder, "priority-ladder.yaml"), "utf8"));
    assert.deepEqual([spec.links, spec.levels[1].congestionControl], [[], "scavenger"]);
    writeManifests(folder, profiles.compute, { ...setting, levels: true, admission: "RequestQueue" });
    assert.equal(readFileSync(join(folder, "request-queue.yaml"), "utf8"), read("request-queue.yaml"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("ratings has a second pod only in an arm with replicas", () => {
  const pods = (replicas: 1 | 2) =>
    (bookinfo(profiles.compute, { ...setting, replicas }) as { kind: string; metadata: { labels?: object } }[]).filter(
      ({ kind, metadata: { labels = {} } }) => kind === "Pod" && "app" in labels && labels.app === "ratings",
    );
  assert.deepEqual([pods(1).length, pods(2).length], [1, 2]);
});

test("the bottleneck's rate is an annotation on its pod, and on no other", () => {
  const rates = (profile: keyof typeof profiles) =>
    (
      bookinfo(profiles[profile]) as {
        kind: string;
        metadata: { name: string; annotations?: Record<string, string> };
      }[]
    )
      .filter(({ metadata }) => metadata.annotations !== undefined)
      .map(({ metadata }) => [metadata.name, metadata.annotations?.["kubernetes.io/egress-bandwidth"]]);
  assert.deepEqual(rates("quick"), [["ratings", "100M"]]);
  assert.deepEqual(rates("paper"), [["ratings", "1G"]]);
});
