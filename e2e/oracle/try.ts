import { Generator } from "./generator.ts";
import { judge } from "./judge.ts";
import { randomMesh } from "./mesh/random-mesh.ts";

const v = (process.argv[4] ?? "1.31") as "1.31";
const g = new Generator(v);
const [a, n] = [Number(process.argv[2]), Number(process.argv[3])];
const t0 = performance.now();
const kinds = new Map<string, { n: number; seeds: Set<number>; path: string }>();
await Promise.all(
  [0, 1, 2].map(async (w) => {
    for (let s = a + w; s < a + n; s += 3) {
      const { mesh, changed } = randomMesh(s);
      const r = await judge(g, v, mesh, changed).catch((e: Error) => e);
      if (r instanceof Error) {
        console.log(s, "ERR", r.message.slice(0, 600));
        continue;
      }
      for (const d of r.differences) {
        const f = d.path.split(": ").at(-1)!;
        const k = `${d.check} | ${/routes\[|clusters/.test(f) && !/\./.test(f) ? "" : f.replace(/\d+/g, "N")} | ${JSON.stringify(d.without)?.slice(0, 160)} | ${JSON.stringify(d.with)?.slice(0, 160)}`;
        const o = kinds.get(k) ?? { n: 0, seeds: new Set(), path: d.path };
        o.n++;
        o.seeds.add(s);
        kinds.set(k, o);
      }
    }
  }),
);
console.log((performance.now() - t0) / n, "ms per mesh");
for (const [k, o] of kinds) console.log(o.n, [...o.seeds].slice(0, 6).join(","), k, "\n      ", o.path);
await g.end();
