// The bench's pure parts: meshes nest, Prometheus' text format is summed by label, tables show what was measured, options are checked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withTables } from "./document.ts";
import { parseExposition, sum } from "./measure/exposition.ts";
import { placesOf, servicesOf } from "./mesh/objects.ts";
import { parseOptions } from "./options.ts";
import { tablesOf } from "./tables.ts";

test("a larger mesh holds a smaller one, and no two pods share an address", () => {
  const [small, large] = [servicesOf(100), servicesOf(1000)];
  assert.deepEqual(large.slice(0, 100), small);
  const addresses = large.flatMap((service) => service.addresses);
  assert.equal(addresses.length, 10_000);
  assert.equal(new Set(addresses).size, 10_000);
  for (const address of addresses) assert.match(address, /^10\.(12[89]|1[3-9]\d|2[0-4]\d|25[0-5])\.\d{1,3}\.\d{1,3}$/);
});

test("every service is in an enrolled namespace, and some namespaces are not enrolled", () => {
  const places = placesOf(1000);
  const enrolled = new Set(places.filter((place) => place.enrolled).map(({ namespace }) => namespace));
  assert.equal(enrolled.size, 50);
  assert.equal(places.length - enrolled.size, 5);
  assert.ok(servicesOf(1000).every(({ namespace }) => enrolled.has(namespace)));
});

const exposition = `# TYPE pushes counter
pushes{type="cds",a="1"} 2
pushes{type="rds"} 3
pushes_total 9
memory 1.5e+06
`;

test("samples are summed by name and label", () => {
  const samples = parseExposition(exposition);
  assert.equal(sum(samples, "pushes"), 5);
  assert.equal(sum(samples, "pushes", { type: "cds" }), 2);
  assert.equal(sum(samples, "memory"), 1_500_000);
  assert.equal(sum(samples, "absent"), 0);
});

const quiet = { writeOut: () => {}, writeErr: () => {} };

test("options: the defaults are the full run, which writes the document", () => {
  const options = parseOptions([], quiet);
  assert.deepEqual(
    [options.services, options.arms, options.write],
    [[100, 300, 1000], ["without", "with", "listed"], true],
  );
  assert.equal(parseOptions(["--services", "300,100"], quiet).write, false);
  assert.deepEqual(parseOptions(["--services", "300,100"], quiet).services, [100, 300]);
});

for (const args of [
  ["--services", "30"],
  ["--services", "many"],
  ["--arms", "within"],
  ["--repeats", "0"],
  ["--starts", "0"],
  ["--json", "/"],
])
  test(`refused: ${args.join(" ")}`, () => {
    assert.throws(() => parseOptions(args, quiet), { exitCode: 1 });
  });

test("a table shows a median with its interval, and a dash for a missing measurement", () => {
  const changeMillis = [300, 100, 200, 400, 500, 600];
  const text = tablesOf([{ services: 100, pods: 1000, namespaces: 5, changeMillis }], "a machine");
  assert.match(text, /\| 350 \[100, 600\] /);
  assert.match(text, /^\| 100 +\| 1000 \| 5 +\| – /m);
});

test("a mesh with a list of Services is a row of its own", () => {
  const pushes = { pushMillis: [], pushKilobytes: [], pushIstiodCpuMillis: [] };
  const proxy = {
    ...pushes,
    proxy: "enrolled",
    clusters: 1028,
    allocatedMegabytes: [1],
    rssMegabytes: [2],
    xdsKilobytes: 3,
  } as const;
  const listed = { istiodRssMegabytes: 100, proxies: [proxy] };
  const text = tablesOf([{ services: 1000, pods: 0, namespaces: 0, listed }], "a machine");
  assert.match(text, /^\| 1000 +\| enrolled \| with, 20 listed +\| 1028 /m);
});

test("a proxy's memory is compared with that of the mesh without Expedite, with the ends of both intervals", () => {
  const costOf = (allocatedMegabytes: readonly number[]) => ({
    istiodRssMegabytes: 100,
    proxies: [
      {
        ...{ proxy: "enrolled" as const, clusters: 1008, xdsKilobytes: 3, allocatedMegabytes, rssMegabytes: [200] },
        ...{ pushMillis: [], pushKilobytes: [], pushIstiodCpuMillis: [] },
      },
    ],
  });
  const without = costOf([100, 101, 99, 100, 100, 100]);
  const listed = costOf([110, 112, 108, 110, 110, 110]);
  const text = tablesOf([{ services: 1000, pods: 0, namespaces: 0, without, listed }], "a machine");
  const [, memory = ""] = text.split("### A proxy's memory");
  assert.match(memory, /\| without +\| 1008 +\| 6 +\| 100\.0 \[99\.0, 101\.0\] +\| – /);
  assert.match(memory, /\| with, 20 listed +\| 1008 +\| 6 +\| 110\.0 \[108\.0, 112\.0\] +\| 10\.0 \[6\.9, 13\.1\] /);
  assert.match(memory, /\| 200\.0 \[200\.0, 200\.0\] +\| 0\.0 \[0\.0, 0\.0\] /);
});

test("tables replace the text between the markers, and nothing else", () => {
  const begin = "<!-- Measured by npm run bench:control-plane; written by it. -->";
  const end = "<!-- End of what was measured. -->";
  assert.equal(withTables(`a\n${begin}\nold\n${end}\nb`, "new"), `a\n${begin}\n\nnew\n\n${end}\nb`);
  assert.throws(() => withTables("a", "new"), /must contain/);
});
