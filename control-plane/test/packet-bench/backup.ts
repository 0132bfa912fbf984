// A backup without a sidecar: a labelled pod that sends by four TCP streams beside small answers of another pod, and the same without the backup.
import { setTimeout as sleep } from "node:timers/promises";
import { rotated } from "../../../e2e/measure/rotated.ts";
import { median, quantile, ratioOfMedians } from "../../../e2e/measure/statistics.ts";
import { nodeNetwork } from "./node-network.ts";
import { latenciesOf, rates, startTraffic } from "./programs.ts";

const link = 100e6;
const goodput = 1448 / 1514;
const ports = { backup: 5001, requests: 5003 } as const;
/** An answer as large as the lab's, often enough for a sixth of the link. */
const [bytes, perSecond] = [10_000, 200] as const;
const [warmUp, duration] = [1000, 3000] as const;

export async function measureBackup(rounds: number, say: (step: string) => void): Promise<string> {
  const network = await nodeNetwork({ name: "bak" });
  const { names, otherAddress, lsAddress } = network;
  const sink = await startTraffic(names.other, "sink", ports.backup);
  const backup = await startTraffic(names.batch, "bulk", otherAddress, ports.backup, 4);
  await startTraffic(names.ls, "serve", ports.requests, bytes);
  const asking = await startTraffic(names.other, "ask", lsAddress, ports.requests, perSecond, bytes);
  const arms = {
    "no backup": { isOn: false, follow: { rate: "100Mbit" } },
    "labelled backup": { isOn: true, follow: { rate: "100Mbit" } },
    "backup without its label": { isOn: true, follow: { rate: "100Mbit", isLabelled: false } },
  } as const;
  const found = Object.fromEntries(
    Object.keys(arms).map((name) => [name, { p50: [] as number[], p99: [] as number[], got: [] as number[] }]),
  );
  try {
    for (let round = 1; round <= rounds; round++)
      for (const [name, { isOn, follow }] of rotated(Object.entries(arms), round)) {
        say(`round ${round} of ${rounds}: ${name}`);
        await network.follow(follow);
        await backup.tell(isOn ? "start" : "stop");
        await sleep(warmUp);
        await asking.tell("read");
        const [got = 0] = await rates([sink], duration);
        const latencies = await latenciesOf(asking);
        await backup.tell("stop");
        await network.drained();
        const left = link * goodput - (latencies.length * bytes * 8000) / duration;
        found[name]!.p50.push(quantile(latencies, 0.5));
        found[name]!.p99.push(quantile(latencies, 0.99));
        found[name]!.got.push((100 * got) / left);
      }
  } finally {
    await network.remove();
  }
  const baseline = found["no backup"]!;
  const times = (values: readonly number[], base: readonly number[]): string => {
    if (values === base) return "";
    const ratio = ratioOfMedians(values, base);
    const interval = ratio === undefined ? "" : ` [${ratio.low.toFixed(2)}, ${ratio.high.toFixed(2)}]`;
    return ` (× ${(median(values) / median(base)).toFixed(2)}${interval})`;
  };
  const rows = Object.entries(found).map(([name, { p50, p99, got }]) => {
    const cells = [
      name,
      `${median(p50).toFixed(2)} ms${times(p50, baseline.p50)}`,
      `${median(p99).toFixed(2)} ms${times(p99, baseline.p99)}`,
      name === "no backup" ? "" : `${median(got).toFixed(1)} %`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return ["| | requests, p50 | requests, p99 | backup, of what is left |", "|---|---|---|---|", ...rows].join("\n");
}
