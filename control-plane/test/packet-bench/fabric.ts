// VXLAN between two nodes, and a full port of a switch that orders its queue by DSCP: what `markTunnels` takes away of a backup's cost to requests.
import { setTimeout as sleep } from "node:timers/promises";
import { rotated } from "../../../e2e/measure/rotated.ts";
import { median, quantile } from "../../../e2e/measure/statistics.ts";
import type { Run } from "../../src/node/namespace.ts";
import { nodeNetwork } from "./node-network.ts";
import { latenciesOf, startBulk, startRequests } from "./programs.ts";

const ports = { backup: 5001, requests: 5003 } as const;
const [bytes, perSecond] = [1000, 300] as const;
const [warmUp, duration] = [1500, 3000] as const;

export async function measureFabric(rounds: number, say: (step: string) => void): Promise<string> {
  const network = await nodeNetwork({ name: "fab", portRate: 100 });
  const { names, other, otherAddress, lsAddress } = network;
  await startBulk(names.other, "receive", ports.backup);
  const backup = await startBulk(names.batch, "send", otherAddress, ports.backup, 4);
  await startRequests(names.ls, "serve", ports.requests, bytes);
  const asking = await startRequests(names.other, "ask", lsAddress, ports.requests, perSecond, bytes);
  await asking.tell("start");
  const arms = {
    alone: { isOn: false, markTunnels: true },
    "not marked outside": { isOn: true, markTunnels: false },
    markTunnels: { isOn: true, markTunnels: true },
  } as const;
  const found = Object.fromEntries(
    Object.keys(arms).map((name) => [name, { p50: [] as number[], p99: [] as number[] }]),
  );
  const marks: string[] = [];
  try {
    for (let round = 1; round <= rounds; round++)
      for (const [name, { isOn, markTunnels }] of rotated(Object.entries(arms), round)) {
        say(`round ${round} of ${rounds}: ${name}`);
        await network.follow({ rate: "1Gbit", markTunnels });
        await backup.tell(isOn ? "start" : "stop");
        await sleep(warmUp);
        await asking.tell("read");
        await sleep(duration);
        const latencies = await latenciesOf(asking);
        await backup.tell("stop");
        await sleep(500);
        found[name]!.p50.push(quantile(latencies, 0.5));
        found[name]!.p99.push(quantile(latencies, 0.99));
      }
    await network.follow({ rate: "1Gbit", markTunnels: true });
    marks.push(`Outer packets of requests alone: ${await outerMarks(other, () => sleep(1000))}.`);
    asking.end();
    await sleep(200);
    const ofBackup = async (): Promise<void> => {
      await backup.tell("start");
      await sleep(1000);
      await backup.tell("stop");
      await sleep(500);
    };
    marks.push(`Outer packets of the backup alone: ${await outerMarks(other, ofBackup)}.`);
  } finally {
    await network.remove();
  }
  const at = (name: string, quantileName: "p50" | "p99"): number => median(found[name]![quantileName]);
  const efficiency = (quantileName: "p50" | "p99"): string => {
    const [alone, plain, marked] = Object.keys(arms).map((name) => at(name, quantileName)) as [number, number, number];
    return ((plain - marked) / (plain - alone)).toFixed(3);
  };
  const rows = Object.keys(arms).map(
    (name) => `| ${name} | ${at(name, "p50").toFixed(2)} ms | ${at(name, "p99").toFixed(2)} ms |`,
  );
  return [
    ...["| | requests, p50 | p99 |", "|---|---|---|", ...rows, `| η | ${efficiency("p50")} | ${efficiency("p99")} |`],
    ...["", ...marks],
  ].join("\n");
}

/** Counts what arrives of the tunnel by the DSCP of the outer header, while `work` runs. */
async function outerMarks(run: Run, work: () => Promise<unknown>): Promise<string> {
  const rules = ["==", "!="].map(
    (operator) => `add rule inet outer seen udp dport 4789 ip dscp ${operator} cs1 counter`,
  );
  const chain = "add chain inet outer seen { type filter hook prerouting priority -300; }";
  await run("nft", ["-f", "-"], ["add table inet outer", chain, ...rules, ""].join("\n"));
  await work();
  const text = await run("nft", ["list", "table", "inet", "outer"]);
  const [marked = 0, unmarked = 0] = [...text.matchAll(/counter packets (\d+)/g)].map(([, count]) => Number(count));
  await run("nft", ["delete", "table", "inet", "outer"]);
  return `${marked} of ${marked + unmarked} are marked`;
}
