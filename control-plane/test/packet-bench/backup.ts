// A backup without a sidecar: a labelled pod that sends by four TCP streams beside small answers of another pod, and the same without the backup.
import { setTimeout as sleep } from "node:timers/promises";
import { rotated } from "../../../e2e/measure/rotated.ts";
import { median, quantile, ratioOfQuantiles } from "../../../e2e/measure/statistics.ts";
import { nodeNetwork } from "./node-network.ts";
import { latenciesOf, rates, startBulk, startRequests } from "./programs.ts";

const link = 100e6;
const goodput = 1448 / 1514;
const ports = { backup: 5001, requests: 5003 } as const;
/** An answer as large as the lab's, often enough for a sixth of the link. */
const [bytes, perSecond] = [10_000, 200] as const;
/** Short, so that whatever else the machine does meets both arms alike. */
const [warmUp, duration] = [500, 1000] as const;
/** Of so many rounds, one also has the backup without its label: it shows what the label is for, and its queue takes long to drain. */
const unlabelledEvery = 6;

/** Of one round, milliseconds; and what the backup got of what the requests left, in percent. */
type Round = { readonly latencies: readonly number[]; readonly got: number };

const arms = {
  "no backup": { isOn: false, isLabelled: true },
  "labelled backup": { isOn: true, isLabelled: true },
  "backup without its label": { isOn: true, isLabelled: false },
} as const;
type Arm = keyof typeof arms;
const [none, labelled, unlabelled] = Object.keys(arms) as [Arm, Arm, Arm];

export async function measureBackup(rounds: number, say: (step: string) => void): Promise<string> {
  const network = await nodeNetwork({ name: "bak" });
  const { names, otherAddress, lsAddress } = network;
  const sink = await startBulk(names.other, "receive", ports.backup);
  const backup = await startBulk(names.batch, "send", otherAddress, ports.backup, 4);
  await startRequests(names.ls, "serve", ports.requests, bytes);
  const asking = await startRequests(names.other, "ask", lsAddress, ports.requests, perSecond, bytes);
  const found: Readonly<Record<Arm, Round[]>> = { [none]: [], [labelled]: [], [unlabelled]: [] } as never;
  const play = async (arm: Arm): Promise<void> => {
    await backup.tell(arms[arm].isOn ? "start" : "stop");
    await sleep(warmUp);
    await asking.tell("read");
    const [got = 0] = await rates([sink], duration);
    const latencies = await latenciesOf(asking);
    await backup.tell("stop");
    await network.drained();
    found[arm].push({ latencies, got: (100 * got) / (link * goodput - (latencies.length * bytes * 8000) / duration) });
  };
  try {
    await asking.tell("start");
    await network.follow({ rate: "100Mbit" });
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}`);
      for (const arm of rotated([none, labelled], round)) await play(arm);
      if (round % unlabelledEvery !== 0) continue;
      await network.follow({ rate: "100Mbit", isLabelled: false });
      await play(unlabelled);
      await network.follow({ rate: "100Mbit" });
    }
  } finally {
    await network.remove();
  }
  const rows = ([none, labelled, unlabelled] as const)
    .filter((arm) => found[arm].length > 0)
    .map((arm) => `| ${[arm, ...cellsOf(arm, found)].join(" | ")} |`);
  return ["| | requests, p50 | requests, p99 | backup, of what is left |", "|---|---|---|---|", ...rows].join("\n");
}

function cellsOf(arm: Arm, found: Readonly<Record<Arm, readonly Round[]>>): readonly string[] {
  const latencies = (of: Arm): readonly (readonly number[])[] => found[of].map((round) => round.latencies);
  const cell = (q: number): string => {
    const value = quantile(Float64Array.from(latencies(arm).flat()).sort(), q);
    if (arm === none) return `${value.toFixed(2)} ms`;
    // The arm without its label has had fewer rounds.
    const ratio = ratioOfQuantiles(latencies(arm), latencies(none).slice(0, found[arm].length), q);
    return `${value.toFixed(2)} ms (× ${ratio.value.toFixed(2)} [${ratio.low.toFixed(2)}, ${ratio.high.toFixed(2)}])`;
  };
  const got = arm === none ? "" : `${median(found[arm].map((round) => round.got)).toFixed(1)} %`;
  return [cell(0.5), cell(0.99), got];
}
