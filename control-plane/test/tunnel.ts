// Tunnels between two network namespaces, datagrams through them, and a probe that counts the outer packets by mark.
import { setTimeout } from "node:timers/promises";
import type { Run } from "../src/node/namespace.ts";

export type Tunnel = {
  readonly device: string;
  /** UDP, of both ends. */
  readonly port: number;
  /** Addresses of the underlay, on the left and on the right. */
  readonly local: string;
  readonly remote: string;
  /** Inside: 10.88.NET.1 and fd88:NET::1 on the left, .2 and ::2 on the right. */
  readonly net: number;
};

/** Nothing but what is sent goes through it: the neighbours are known, and its addresses are not announced. */
export async function vxlan(left: Run, right: Run, { device, port, local, remote, net }: Tunnel): Promise<void> {
  const ends = [
    { run: left, own: 1, other: 2, local, remote },
    { run: right, own: 2, other: 1, local: remote, remote: local },
  ];
  for (const end of ends) {
    const { run } = end;
    const to = `id ${net} dstport ${port} local ${end.local} remote ${end.remote} dev eth0`;
    await run("ip", ["link", "add", device, "address", mac(end.own), "type", "vxlan", ...to.split(" ")]);
    await run("ip", ["link", "set", device, "addrgenmode", "none", "mtu", "1400", "up"]);
    for (const [prefix, length] of [
      [`10.88.${net}.`, 24],
      [`fd88:${net}::`, 64],
    ] as const) {
      const dad = prefix.includes(":") ? ["nodad"] : [];
      await run("ip", ["address", "add", `${prefix}${end.own}/${length}`, "dev", device, ...dad]);
      const lladdr = ["lladdr", mac(end.other), "nud", "permanent"];
      await run("ip", ["neighbour", "add", `${prefix}${end.other}`, ...lladdr, "dev", device]);
    }
  }
}

function mac(end: number): string {
  return `02:00:00:00:00:0${end}`;
}

/** Marks what level batch sends before it enters a tunnel: datagrams to port 9001, and the TCP streams of port 9000. */
export const markingRules = ["udp dport 9001", "tcp sport 9000"]
  .flatMap((match) => ["ip", "ip6"].map((family) => `add rule inet test output ${match} ${family} dscp set cs1`))
  .reduce(
    (text, line) => `${text}${line}\n`,
    "add table inet test\nadd chain inet test output { type filter hook output priority -150; }\n",
  );

/** Long enough that the probe can tell a datagram from neighbour discovery and reports of multicast. */
const payloadLength = 400;

type Datagrams = {
  readonly count: number;
  /** Whether they are those of level batch. */
  readonly marked?: boolean;
  readonly port?: number;
  /** The beginning of each, in hexadecimal. */
  readonly payload?: string;
};

export async function sendDatagrams(
  run: Run,
  host: string,
  { count, marked, port, payload = "" }: Datagrams,
): Promise<void> {
  const script = `
    const [host, port, count, length, payload] = process.argv.slice(1);
    const data = Buffer.alloc(Number(length));
    Buffer.from(payload, "hex").copy(data);
    const socket = require("node:dgram").createSocket(host.includes(":") ? "udp6" : "udp4");
    let left = Number(count);
    const send = () => socket.send(data, Number(port), host, () => --left === 0 ? socket.close() : send());
    send();`;
  const to = [host, String(port ?? (marked === true ? 9001 : 9002)), String(count)];
  await run(process.execPath, ["-e", script, ...to, String(payloadLength), payload]);
}

/** Starts to count the tunnels' long packets as they arrive, by the DSCP of the outer header. */
export async function startProbe(run: Run, port: number): Promise<void> {
  const long = `udp dport ${port} udp length > ${payloadLength}`;
  const rules = ["ip", "ip6"].flatMap((family) => [
    `add rule inet probe seen ${long} ${family} dscp == cs1 counter comment "marked"`,
    `add rule inet probe seen ${long} ${family} dscp != cs1 counter comment "unmarked"`,
  ]);
  await run("nft", ["-f", "-"], "add table inet probe\ndelete table inet probe\n");
  const head = ["add table inet probe", "add chain inet probe seen { type filter hook prerouting priority -300; }"];
  await run("nft", ["-f", "-"], [...head, ...rules, ""].join("\n"));
}

type Seen = { readonly marked: number; readonly unmarked: number };

/** Waits until there are as many as were sent, because the sender's queue may still hold some, and gives up after seconds. */
export async function outerPackets(run: Run, sent: number): Promise<Seen> {
  for (let tries = 1; ; tries++) {
    const text = await run("nft", ["list", "table", "inet", "probe"]);
    const found = [...text.matchAll(/counter packets (\d+) bytes \d+ comment "(\w+)"/g)];
    const sum = (name: string): number =>
      found.reduce((total, [, count, comment]) => (comment === name ? total + Number(count) : total), 0);
    const seen = { marked: sum("marked"), unmarked: sum("unmarked") };
    if (seen.marked + seen.unmarked >= sent || tries === 100) return seen;
    await setTimeout(50);
  }
}
