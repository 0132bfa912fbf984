// Makes two network namespaces joined by a veth pair (eth0 in each) for one test, or reports why this machine can't.
import { inNamespace, type Run } from "../src/node/namespace.ts";

export type VethPair = {
  readonly left: Run;
  readonly right: Run;
  readonly leftName: string;
  readonly rightName: string;
  readonly remove: () => Promise<void>;
};

/** 10.99.0.1 and fd99::1 on the left, .2 and ::2 on the right. `name`: a few letters, unique among concurrent tests. */
export async function vethPair(name: string): Promise<VethPair> {
  const [leftName, rightName] = [`xp-${name}-l`, `xp-${name}-r`];
  const here = inNamespace(undefined)!;
  await here("ip", ["netns", "add", leftName]);
  await here("ip", ["netns", "add", rightName]);
  const [left, right] = [inNamespace(leftName)!, inNamespace(rightName)!];
  await here("ip", [
    "link",
    "add",
    "eth0",
    "netns",
    leftName,
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "netns",
    rightName,
  ]);
  for (const [index, run] of [left, right].entries()) {
    await run("ip", ["link", "set", "lo", "up"]);
    await run("ip", ["address", "add", `10.99.0.${index + 1}/24`, "dev", "eth0"]);
    // nodad, because an address that is still being probed can't be bound to.
    await run("ip", ["address", "add", `fd99::${index + 1}/64`, "dev", "eth0", "nodad"]);
    await run("ip", ["link", "set", "eth0", "up"]);
  }
  const remove = async (): Promise<void> => {
    for (const namespace of [leftName, rightName]) await here("ip", ["netns", "delete", namespace]);
  };
  return { left, right, leftName, rightName, remove };
}

/** For node:test's `skip`: false if network namespaces can be created here. */
export async function withoutNamespaces(): Promise<string | false> {
  const probe = `xp-probe-${process.pid}`;
  const here = inNamespace(undefined)!;
  try {
    await here("ip", ["netns", "add", probe]);
    await here("ip", ["netns", "delete", probe]);
    return false;
  } catch (error) {
    return `no network namespaces here (npm test makes a private one): ${(error as Error).message}`;
  }
}
