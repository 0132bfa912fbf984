// Runs in the emulated machine: lets the agent order a node's uplink, beside what a user would try first, and prints one line of JSON.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { isActive } from "../../src/agent/node-report.ts";
import { type NodeNetwork, nodeNetwork } from "../packet-bench/node-network.ts";
import { endTraffic, rates, startBulk, type Traffic } from "../packet-bench/programs.ts";

export type Found = {
  readonly kernel: string;
  /** What became of the agent where another root was, by the name of its qdisc. */
  readonly foreign: Readonly<Record<string, { readonly error: string; readonly isLeft: boolean }>>;
  /** What the agent changed at the uplink. */
  readonly changed: readonly string[];
  /** The interactive flow's share of what arrives, by arm and number of batch flows, in percent. */
  readonly shares: Readonly<Record<string, number>>;
  /** Whether the kernel has lp, and its share beside one flow of the usual congestion control, in percent. */
  readonly lp: number | undefined;
};

const rate = "5Mbit";
/** Milliseconds. */
const [warmUp, duration] = [3000, 6000] as const;

const network = await nodeNetwork({ name: "deb" });
const tc = (...words: readonly string[]): Promise<string> => network.node("tc", words.join(" ").split(" "));

async function withForeignRoots(): Promise<Found["foreign"]> {
  const found: Record<string, { error: string; isLeft: boolean }> = {};
  for (const [name, words] of Object.entries({ ets: "ets bands 3", prio: "prio", fq_codel: "fq_codel limit 500" })) {
    await tc(`qdisc add dev up0 root handle 1: ${words}`);
    const before = await tc("qdisc show dev up0");
    const error = await network.follow({ rate }).then(
      () => "",
      (cause: Error) => cause.message,
    );
    found[name] = { error, isLeft: (await tc("qdisc show dev up0")) === before };
    await tc("qdisc del dev up0 root");
  }
  return found;
}

/** One queue of the link's rate for all. */
async function plainQueue(leaf: string): Promise<void> {
  await tc("qdisc add dev up0 root handle 1: htb default 1");
  await tc(`class add dev up0 parent 1: classid 1:1 htb rate ${rate} burst 3k cburst 3k quantum 1514`);
  await tc(`qdisc add dev up0 parent 1:1 ${leaf}`);
}

type Ends = { readonly sinks: readonly Traffic[]; readonly high: Traffic };

/** The first sink's share, in percent. */
async function share({ sinks, high }: Ends, flows: number): Promise<number> {
  const low = await startBulk(network.names.batch, "send", network.otherAddress, 5002, flows);
  await Promise.all([high.tell("start"), low.tell("start")]);
  await sleep(warmUp);
  const [first = 0, second = 0] = await rates(sinks, duration);
  await Promise.all([high.tell("stop"), low.tell("stop")]);
  low.end();
  await sleep(500);
  return (100 * first) / (first + second);
}

async function lpShare(ends: Ends): Promise<number | undefined> {
  execFileSync("/run/modprobe", ["tcp_lp"]);
  const settings = "/proc/sys/net/ipv4/tcp_available_congestion_control";
  if (!readFileSync(settings, "utf8").includes("lp")) return undefined;
  await batch("ip", ["route", "replace", "default", "via", "10.91.2.1", "congctl", "lp"]);
  await plainQueue("pfifo limit 100");
  const others = await share(ends, 1);
  await tc("qdisc del dev up0 root");
  return 100 - others;
}

async function batch(name: string, args: readonly string[]): Promise<void> {
  execFileSync("nsenter", [`--net=/run/netns/${network.names.batch}`, name, ...args]);
}

async function measure(of: NodeNetwork): Promise<Found> {
  const foreign = await withForeignRoots();
  const { names, otherAddress } = of;
  const sinks = [await startBulk(names.other, "receive", 5001), await startBulk(names.other, "receive", 5002)];
  const ends = { sinks, high: await startBulk(names.ls, "send", otherAddress, 5001, 1) };
  const shares: Record<string, number> = {};
  await plainQueue("fq_codel");
  for (const flows of [1, 4]) shares[`fq_codel ${flows}`] = await share(ends, flows);
  await tc("qdisc del dev up0 root");
  const { links } = await of.follow({ rate });
  for (const flows of [1, 4]) shares[`levels ${flows}`] = await share(ends, flows);
  await of.follow({ rate, mode: "Observe" });
  const lp = await lpShare(ends);
  return { kernel: release(), foreign, changed: links.filter(isActive).flatMap(({ changed }) => changed), shares, lp };
}

console.log(`\nFOUND ${JSON.stringify(await measure(network))}`);
endTraffic();
