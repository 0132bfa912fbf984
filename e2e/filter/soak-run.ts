// Runs a soak against one Envoy with the filter on its inbound and outbound listeners, and reports the counts and how Envoy's memory and
// workers fared.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readStats } from "../envoy/admin.ts";
import { answerByLevel, bootstrap, filterText, ladder } from "../envoy/bootstrap.ts";
import { type Envoy, startEnvoy } from "../envoy/envoy.ts";
import { workerTimes } from "../envoy/workers.ts";
import { ports } from "./sidecar.ts";
import { runSoakLoad, type SoakCounts } from "./soak-load.ts";

export interface SoakOptions {
  /** Requests to inbound; each makes one call through outbound. */
  readonly requests: number;
  /** The soak ends after this time or this many requests, whichever comes first. */
  readonly seconds: number;
  readonly seed: number;
  /** Worker threads of Envoy. */
  readonly workers: number;
  /** Samples of the memory, at equal distances; 2 or more. */
  readonly samples: number;
  /** `share`: of the run, 0 to 1. */
  progress?(done: number, share: number): void;
}

interface Sample {
  /** Requests so far. */
  readonly requests: number;
  /** Resident memory of Envoy, kB. */
  readonly rss: number;
}

export interface SoakResult {
  readonly seed: number;
  readonly counts: SoakCounts;
  /** Calls for which the filter did not count a found cause; those of the default level have one, too. */
  readonly missed: number;
  readonly seconds: number;
  /** CPU seconds of each of Envoy's workers, and of the program that sends the requests. */
  readonly workerSeconds: readonly number[];
  readonly ownSeconds: number;
  /** Resident memory of the program that sends the requests, at its most, kB. */
  readonly ownMemory: number;
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

/** The filter adds to its counters once a second. */
const countersAfter = 3000;

/** @returns the number of calls for which the filter did not count a found cause */
async function missedCauses(envoy: Envoy, calls: number): Promise<number> {
  await sleep(countersAfter);
  const stats = await readStats(envoy.admin, "^wasmcustom\\.expedite\\.outbound\\.joins\\.found");
  return calls - [...stats.values()].reduce((sum, count) => sum + count, 0);
}

const secondsOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;

/**
 * Both listeners answer by themselves, so that only the proxy limits the rate; mixed-load.ts checks the same with an application in
 * between.
 * @throws when Envoy does not start, drops a connection or stops answering
 */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { requests, seconds: limit, seed, workers, samples, progress } = options;
  const envoy = await startProxy(workers);
  const taken: Sample[] = [];
  const begin = performance.now();
  const own = process.cpuUsage();
  try {
    const counts = await runSoakLoad({
      ...{ requests, seconds: limit, seed },
      progress(done) {
        const share = Math.max(done / requests, (performance.now() - begin) / 1000 / limit);
        if (share >= (taken.length + 1) / samples) taken.push({ requests: done, rss: residentMemory(envoy.pid) });
        progress?.(done, share);
      },
    });
    const seconds = (performance.now() - begin) / 1000;
    const ownSeconds = secondsOf(process.cpuUsage(own));
    const workerSeconds = workerTimes(envoy.pid).map((milliseconds) => milliseconds / 1000);
    const missed = await missedCauses(envoy, counts.requests);
    const ownMemory = process.resourceUsage().maxRSS;
    return { seed, counts, missed, seconds, workerSeconds, ownSeconds, ownMemory, samples: taken };
  } finally {
    await envoy.stop();
  }
}
