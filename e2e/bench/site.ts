// Starts an Envoy with listeners and a load generator for a measurement, and stops them afterwards.

import { closeClient } from "../envoy/client.ts";
import { type Envoy, startEnvoy } from "../envoy/envoy.ts";
import { checkLog } from "./check.ts";
import { type BenchListener, benchBootstrap } from "./listeners.ts";
import { Load } from "./load.ts";
import { pin } from "./pin.ts";

export interface Site {
  readonly listeners: readonly BenchListener[];
  /** A single worker gets a core of its own, if there are two. */
  readonly workers: number;
}

/** @throws whatever `work` throws, and when a Wasm module failed meanwhile */
export async function withEnvoy<Result>(
  { listeners, workers }: Site,
  work: (envoy: Envoy, load: Load) => Promise<Result>,
): Promise<Result> {
  const envoy = await startEnvoy({ bootstrap: benchBootstrap(listeners), concurrency: workers });
  const load = new Load();
  try {
    if (workers === 1) await pin(envoy.pid, load.pid);
    const result = await work(envoy, load);
    checkLog(envoy);
    return result;
  } finally {
    await load.stop();
    closeClient();
    await envoy.stop();
  }
}
