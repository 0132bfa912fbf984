// npm run bench:adaptive: how soon, and how well, a real Envoy finds out what an application with a fixed number of workers does at once; from
// a cold start, and after the number was halved and doubled.
import { setTimeout as sleep } from "node:timers/promises";
import { readOptions } from "../../options.ts";
import { Site } from "./site.ts";

const options = readOptions({ workers: 2, from: 8, seconds: 20, work: 20 });
/** Seconds between two samples. */
const period = 0.25;

async function run({
  workers,
  from,
  seconds,
  work,
}: Readonly<Record<"workers" | "from" | "seconds" | "work", number>>): Promise<void> {
  const site = await Site.start({ workers: from, proxyWorkers: workers, work });
  try {
    for (const capacity of [from, from / 2, from]) {
      site.application.resize(capacity);
      const samples: { limit: number; answered: number }[] = [];
      const begun = performance.now();
      let last = site.answered;
      while (performance.now() - begun < seconds * 1000) {
        await sleep(period * 1000);
        samples.push({ limit: await site.limit(), answered: site.answered - last });
        last = site.answered;
      }
      const inRange = samples.map(({ limit }) => limit >= capacity && limit <= 2 * capacity);
      const found = inRange.findIndex((_, at) => inRange.slice(at, at + 8).every(Boolean));
      const part = inRange.filter(Boolean).length / inRange.length;
      console.log(
        `${capacity} workers: in range ${found < 0 ? "never" : `after ${(found * period).toFixed(2)} s`}, ${(100 * part).toFixed(0)} % of the time; answers in each second ${perSecond(samples).join(" ")}; limits ${samples.map(({ limit }) => limit).join(" ")}`,
      );
    }
    console.log(`${site.answered} answers, ${site.wrong} of them not 200`);
  } finally {
    await site.stop();
  }
}

function perSecond(samples: readonly { readonly answered: number }[]): readonly number[] {
  return samples.flatMap((_, at) =>
    at % 4 === 0 ? [samples.slice(at, at + 4).reduce((sum, { answered }) => sum + answered, 0)] : [],
  );
}

if (options === undefined) process.exitCode = 2;
else await run(options);
