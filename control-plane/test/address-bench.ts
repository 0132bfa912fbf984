// `npm run bench:addresses [-- ROUNDS]`: whether a packet costs more with 10,000 addresses of dedicated replicas than with 10. Both are set up side
// by side, and datagrams are sent through one after the other, in alternating order; 100 rounds by default.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { estimate, ratioOfMedians } from "../../e2e/measure/statistics.ts";
import { apply } from "../src/node/apply.ts";
import { observe } from "../src/node/observe.ts";
import { twoLevels } from "./two-levels.ts";
import { vethPair, withoutNamespaces } from "./veth-pair.ts";

const rounds = Number(process.argv[2] ?? 100);
if (!Number.isInteger(rounds) || rounds < 6) throw new Error("ROUNDS: a whole number, at least 6");
const counts = [10, 10_000] as const;
/** Milliseconds of each measurement. */
const duration = 200;
const target = "10.99.0.2";
const missing = await withoutNamespaces();
if (missing !== false) throw new Error(missing);

/** The target is one of them, so that its packets are found in the set. */
const addresses = (count: number): readonly string[] => [
  ...Array.from({ length: count - 1 }, (_, index) => `10.20.${index >> 8}.${index & 255}`),
  target,
];

async function millis(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** A namespace whose link knows that many addresses, and a sender in it. */
async function makeSender(count: number) {
  const pair = await vethPair(`a${count}`);
  const program = twoLevels({ rate: 10e9, dedicated: { batch: addresses(count) } });
  const applied = await millis(() => apply(pair.left, program));
  const read = await millis(async () => assert.ok("inSync" in (await observe(pair.left, program))));
  // The receiver drops them before they cost more.
  const drop =
    "add chain inet sink seen { type filter hook prerouting priority -300; }\nadd rule inet sink seen udp dport 9 drop\n";
  await pair.right("nft", ["-f", "-"], `add table inet sink\n${drop}`);
  const script = join(import.meta.dirname, "udp-sender.mjs");
  const child = spawn("nsenter", [`--net=/run/netns/${pair.leftName}`, process.execPath, script, target, "9"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  await once(lines, "line");
  /** Packets per second. */
  const measure = async (): Promise<number> => {
    const answer = once(lines, "line");
    child.stdin.write(`${duration}\n`);
    return (Number((await answer)[0]) / duration) * 1000;
  };
  const end = async (): Promise<void> => {
    const seen = await observe(pair.left, program);
    assert.ok("inSync" in seen && seen.inSync && seen.levels[1]!.packets > 0);
    child.kill();
    await pair.remove();
  };
  return { count, measure, end, applied, read, rates: [] as number[] };
}

const senders = [await makeSender(counts[0]), await makeSender(counts[1])] as const;
for (const { measure } of senders) await measure();
for (let round = 0; round < rounds; round++)
  for (const sender of round % 2 === 0 ? senders : senders.toReversed()) sender.rates.push(await sender.measure());

const thousands = (value: number): string => (value / 1000).toFixed(1);
for (const { count, rates, applied, read } of senders) {
  const { value, low, high } = estimate(rates);
  const packets = `${thousands(value)} [${thousands(low)}, ${thousands(high)}] thousand packets/s`;
  console.log(`${count} addresses: ${packets}; written in ${applied.toFixed(0)} ms, read in ${read.toFixed(0)} ms`);
}
const ratio = ratioOfMedians(senders[1].rates, senders[0].rates);
if (ratio !== undefined)
  console.log(`ratio: ${ratio.value.toFixed(3)} [${ratio.low.toFixed(3)}, ${ratio.high.toFixed(3)}]`);
for (const { end } of senders) await end();
