// What is left of a link whose device is deleted, renamed, made anew, or taken by another program's qdisc: nothing, whether or not other links
// stay.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { agentNode, desired, kernelState, uplink } from "../../test/agent-node.ts";
import { withoutNamespaces } from "../../test/veth-pair.ts";
import { isActive, type NodeReport } from "./node-report.ts";
import { nodeReconciler } from "./reconcile-node.ts";

const skip = await withoutNamespaces();
const node = skip === false ? await agentNode("gone") : undefined;
after(() => node?.remove());

/** The pods are in other namespaces, and are left out. */
const wanted = (links: readonly object[], mode = "Enforce") => ({
  ...desired(links, mode),
  pods: [],
  inactivePods: [],
});
const second = { ...uplink, name: "second", device: "second0" };
const reconciler = () => nodeReconciler({ host: node!.host, folder: "/nonexistent", interval: 60_000 });
const stateOf = (report: NodeReport, link: string): string | undefined => {
  const found = report.links.find((state) => state.link === link)!;
  return isActive(found) ? found.device : found.reason;
};

async function addSecond(): Promise<void> {
  await node!.host("ip", ["link", "add", "second0", "type", "veth", "peer", "name", "second1"]);
  for (const device of ["second0", "second1"]) await node!.host("ip", ["link", "set", device, "up"]);
}

test("a device that goes takes its chain along, and gets it back when there is one of its name again", {
  skip,
}, async () => {
  const { host } = node!;
  const reconcile = reconciler();
  await reconcile(wanted([uplink]));
  const alone = await kernelState(host);
  await addSecond();
  const both = [uplink, second];
  assert.equal(stateOf(await reconcile(wanted(both)), "second"), "second0");
  await host("ip", ["link", "delete", "second0"]);
  const without = await reconcile(wanted(both));
  assert.deepEqual(
    [stateOf(without, "uplink"), stateOf(without, "second"), without.removed, without.problems],
    ["up0", "DeviceNotFound", ["nft chain of second0"], []],
  );
  assert.equal(await kernelState(host), alone);
  await addSecond();
  const plain = await kernelState(host);
  assert.equal(stateOf(await reconcile(wanted(both)), "second"), "second0");
  await host("ip", ["link", "set", "second0", "down"]);
  await host("ip", ["link", "set", "second0", "name", "third0"]);
  const renamed = await reconcile(wanted(both));
  assert.equal(stateOf(renamed, "second"), "DeviceNotFound");
  await host("ip", ["link", "set", "third0", "name", "second0"]);
  await host("ip", ["link", "set", "second0", "up"]);
  assert.equal(await kernelState(host), plain);
  await reconcile(wanted(both, "Disabled"));
  await host("ip", ["link", "delete", "second0"]);
});

test("where another program puts its own root in place of the only link's, nothing else is left of ours", {
  skip,
}, async () => {
  const { host } = node!;
  const foreign = async (): Promise<string> =>
    host("tc", ["qdisc", "replace", "dev", "up0", "root", "handle", "1:", "pfifo", "limit", "99"]);
  const reconcile = reconciler();
  await foreign();
  const theirs = await kernelState(host);
  await host("tc", ["qdisc", "delete", "dev", "up0", "root"]);
  assert.equal(stateOf(await reconcile(wanted([uplink])), "uplink"), "up0");
  await host("tc", ["qdisc", "delete", "dev", "up0", "root"]);
  await foreign();
  assert.equal(stateOf(await reconcile(wanted([uplink])), "uplink"), "ForeignQdisc");
  assert.equal(await kernelState(host), theirs);
  await reconcile(wanted([uplink], "Disabled"));
  assert.equal(await kernelState(host), theirs);
});
