// Builds the network: a sender, a router whose queue towards the receiver is the bottleneck, and the receiver. The answers' way back takes
// what is missing to the round-trip time.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { command } from "../process/command.ts";

export const names = { sender: "xp-sender", router: "xp-router", receiver: "xp-receiver" } as const;

/** Addresses of the receiver: a route of its own leads to each, with its congestion control. */
export const hosts = { low: "10.98.2.10", high: "10.98.2.11", requests: "10.98.2.12" } as const;

export interface Bottleneck {
  /** bit/s, with Ethernet's headers. */
  readonly rate: number;
  /** Of the FIFO, bytes. */
  readonly bytes: number;
  /** Added to what the namespaces take, milliseconds. */
  readonly delay: number;
}

const inNetns = (netns: string, lines: readonly string[]): Promise<string> =>
  command("ip", ["-n", netns, "-batch", "-"], { input: lines.join("\n") });

export async function buildNetwork(): Promise<void> {
  for (const name of Object.values(names)) await command("ip", ["netns", "add", name]);
  const { sender, router, receiver } = names;
  await inNetns(router, [
    `link add sender type veth peer name eth0 netns ${sender}`,
    `link add receiver type veth peer name eth0 netns ${receiver}`,
    "address add 10.98.1.1/24 dev sender",
    "address add 10.98.2.1/24 dev receiver",
    "link set sender up",
    "link set receiver up",
    "link set lo up",
  ]);
  // One packet at a time, as on a wire: the queue counts bytes of packets, not of the kernel's larger units.
  await inNetns(sender, [
    "link set lo up",
    "address add 10.98.1.2/24 dev eth0",
    "link set eth0 gso_max_segs 1 up",
    "route add default via 10.98.1.1",
  ]);
  await inNetns(receiver, [
    "link set lo up",
    ...Object.values(hosts).map((host) => `address add ${host}/24 dev eth0`),
    "link set eth0 up",
    "route add default via 10.98.2.1",
  ]);
  await command("tee", ["/proc/sys/net/ipv4/ip_forward"], { input: "1", netns: router });
  // A flow must not begin with what an earlier one learned (tcp_metrics(8)).
  for (const netns of [sender, receiver])
    await command("tee", ["/proc/sys/net/ipv4/tcp_no_metrics_save"], { input: "1", netns });
}

/** Once nothing runs in it any more. */
export async function removeNetwork(): Promise<void> {
  for (const name of Object.values(names)) await command("ip", ["netns", "delete", name]);
}

/** Which congestion control new connections to a host use. @throws CommandError where the kernel has none of this name */
export async function setCongestionControl(host: keyof typeof hosts, algorithm: string): Promise<void> {
  await inNetns(names.sender, [`route replace ${hosts[host]}/32 via 10.98.1.1 congctl ${algorithm}`]);
}

/** Sets the queue anew. Returns what ends the delay. */
export async function setBottleneck(
  { rate, bytes, delay }: Bottleneck,
  delayer: Delayer | undefined,
): Promise<() => Promise<void>> {
  const burst = 2 * 1514;
  // Deleted first, because HTB can't be replaced. Before the first time it is not there.
  await command("tc", ["qdisc", "del", "dev", "receiver", "root"], { netns: names.router }).catch(() => "");
  const lines = [
    "qdisc add dev receiver root handle 1: htb default 10",
    `class add dev receiver parent 1: classid 1:10 htb rate ${rate}bit ceil ${rate}bit burst ${burst}b cburst ${burst}b quantum 1514`,
    `qdisc add dev receiver parent 1:10 handle 10: bfifo limit ${bytes}`,
  ];
  await command("tc", ["-batch", "-"], { input: lines.join("\n"), netns: names.router });
  return delay === 0 || delayer === undefined ? async () => {} : startDelay(delay, delayer);
}

/** The program of delay/, and whether it goes before everything else on the machine. */
type Delayer = { readonly program: string; readonly realTime: boolean };

async function startDelay(delay: number, { program, realTime }: Delayer): Promise<() => Promise<void>> {
  const { router } = names;
  await inNetns(router, ["tuntap add delay mode tun", "link set delay up"]);
  const child: ChildProcess = spawn(
    "nsenter",
    [`--net=/run/netns/${router}`, ...(realTime ? ["chrt", "--rr", "20"] : []), program, "delay", `${delay}ms`],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  await once(child.stdout!, "data");
  await inNetns(router, [
    "link set delay txqueuelen 10000",
    "route add default dev delay table 100",
    "rule add iif receiver lookup 100",
  ]);
  return async () => {
    await inNetns(router, ["rule del iif receiver lookup 100", "route del default dev delay table 100"]);
    child.kill("SIGKILL");
    await once(child, "exit");
    await inNetns(router, ["link del delay"]);
  };
}
