// Runs a soak against one Envoy with the filter on its inbound and outbound listeners, and reports the counts and how Envoy's memory and
// workers fared.
import { readFileSync } from "node:fs";
import { answerByLevel, bootstrap, filterText, ladder } from "../envoy/bootstrap.ts";
import { type Envoy, startEnvoy } from "../envoy/envoy.ts";
import { workerTimes } from "../envoy/workers.ts";
import { ports } from "./sidecar.ts";
import { runSoakLoad, type SoakCounts } from "./soak-load.ts";

export interface SoakOptions {
  /** Requests to inbound; each makes one call through outbound. */
  readonly requests: number;
  readonly seed: number;
  /** Worker threads of Envoy. */
  readonly workers: number;
  /** Samples of the memory, at equal distances; 2 or more. */
  readonly samples: number;
  progress?(done: number): void;
}

interface Sample {
  /** Requests so far. */
  readonly requests: number;
  /** Resident memory of Envoy, kB. */
  readonly rss: number;
}

export interface SoakResult {
  readonly seed: number;
  /** Requests to be sent. */
  readonly n: number;
  readonly counts: SoakCounts;
  readonly seconds: number;
  /** CPU seconds of each of Envoy's workers. */
  readonly workerSeconds: readonly number[];
  readonly samples: readonly Sample[];
}

/** VmRSS of proc_pid_status(5), kB. @throws when the process is gone */
function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

function startProxy(workers: number): Promise<Envoy> {
  const listener = (role: "inbound" | "outbound") => ({
    name: role,
    port: ports[role],
    filter: filterText({ role }),
    routes: answerByLevel(ladder.levels),
  });
  return startEnvoy({ bootstrap: bootstrap([listener("inbound"), listener("outbound")]), concurrency: workers });
}

/**
 * Both listeners answer by themselves, so that only the proxy limits the rate; mixed-load.ts checks the same with an application in
 * between.
 * @throws when Envoy does not start, drops a connection or stops answering
 */
export async function runSoak({ requests, seed, workers, samples, progress }: SoakOptions): Promise<SoakResult> {
  const envoy = await startProxy(workers);
  const taken: Sample[] = [];
  const begin = performance.now();
  try {
    const counts = await runSoakLoad({
      requests,
      seed,
      progress(done) {
        if (done >= ((taken.length + 1) * requests) / samples)
          taken.push({ requests: done, rss: residentMemory(envoy.pid) });
        progress?.(done);
      },
    });
    const seconds = (performance.now() - begin) / 1000;
    const workerSeconds = workerTimes(envoy.pid).map((milliseconds) => milliseconds / 1000);
    return { seed, n: requests, counts, seconds, workerSeconds, samples: taken };
  } finally {
    await envoy.stop();
  }
}
