// Pods' namespaces are found by addresses of both families, among foreign namespaces, the host's, files that are not namespaces, and some
// that vanish.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { namespaceFolder } from "../../test/namespace-folder.ts";
import { vethPair, withoutNamespaces } from "../../test/veth-pair.ts";
import { inNamespace } from "./namespace.ts";
import { namespaceOf, readHost, readNamespaces } from "./pod-namespaces.ts";

const skip = await withoutNamespaces();
const pair = skip === false ? await vethPair("find") : undefined;
const here = inNamespace(undefined)!;
const { inode: hostInode } = await readHost(here);
const there = namespaceFolder();
after(async () => {
  there.remove();
  await pair?.remove();
});

const nameOf = (found: object): unknown => ("name" in found ? found.name : found);

test("the namespace that has all of the pod's addresses is the pod's", { skip }, async () => {
  there.add("cni-left", pair!.leftName);
  there.add("cni-right", pair!.rightName);
  there.add("also-left", pair!.leftName);
  there.add("host", `/proc/${process.pid}/ns/net`);
  there.addFile("no-namespace");
  const found = await readNamespaces(hostInode, there.folder);
  assert.deepEqual(
    found.found.map(({ name }) => name),
    ["also-left", "cni-right"],
  );
  assert.deepEqual(found.unread, []);
  for (const [addresses, name] of [
    [["10.99.0.1"], "also-left"],
    [["fd99:0:0::2"], "cni-right"],
    [["10.99.0.2", "FD99::2"], "cni-right"],
  ] as const)
    assert.equal(nameOf(namespaceOf(addresses, found)), name);
});

test("addresses of no namespace, and of several, are named", { skip }, async () => {
  const found = await readNamespaces(hostInode, there.folder);
  assert.deepEqual(namespaceOf([], found), { reason: "AddressUnknown", problem: "the pod has no address yet" });
  // One address of each: no namespace has both. 127.0.0.1 and ::1 are in all of them, and don't count.
  for (const addresses of [["10.99.0.1", "fd99::2"], ["10.99.0.9"], ["127.0.0.1"], ["::1"]]) {
    const result = namespaceOf(addresses, found);
    assert.ok("reason" in result && result.reason === "NamespaceNotFound", JSON.stringify(addresses));
  }
  await pair!.right("ip", ["address", "add", "10.99.0.1/32", "dev", "eth0"]);
  const twice = await readNamespaces(hostInode, there.folder);
  assert.deepEqual(namespaceOf(["10.99.0.1"], twice), {
    reason: "NamespaceAmbiguous",
    problem: `several namespaces below ${there.folder} have 10.99.0.1: also-left, cni-right`,
  });
  assert.equal(nameOf(namespaceOf(["10.99.0.1", "fd99::1"], twice)), "also-left");
  await pair!.right("ip", ["address", "del", "10.99.0.1/32", "dev", "eth0"]);
});

test("the host's namespace is never used, even if it has the pod's address", { skip }, async () => {
  // Seen from the left namespace, that namespace is the host's.
  const found = await readNamespaces((await readHost(pair!.left)).inode, there.folder);
  const result = namespaceOf(["10.99.0.1"], found);
  assert.ok("reason" in result && result.reason === "NamespaceNotFound");
  assert.equal(nameOf(namespaceOf(["10.99.0.2"], found)), "cni-right");
});

test("vanishing namespaces do not hide others", { skip }, async () => {
  const vanishing = Array.from({ length: 12 }, (_, index) => `xp-gone-${index}`);
  for (const name of vanishing) {
    await here("ip", ["netns", "add", name]);
    there.add(`cni-${name}`, name);
  }
  const reading = readNamespaces(hostInode, there.folder);
  for (const name of vanishing) await here("ip", ["netns", "delete", name]);
  assert.equal(nameOf(namespaceOf(["10.99.0.2"], await reading)), "cni-right");
  // Links whose targets are gone.
  assert.equal(nameOf(namespaceOf(["10.99.0.2"], await readNamespaces(hostInode, there.folder))), "cni-right");
  for (const name of vanishing) there.drop(`cni-${name}`);
});

test("a known namespace is not read again, unless its name refers to another one", { skip }, async () => {
  const { found } = await readNamespaces(hostInode, there.folder);
  const marked = found.map((entry) => ({ ...entry, addresses: new Set(["192.0.2.1"]) }));
  const again = await readNamespaces(hostInode, there.folder, [marked[0]!, { ...marked[1]!, inode: 1 }]);
  assert.deepEqual(
    again.found.map(({ addresses }) => [...addresses]),
    [["192.0.2.1"], ["10.99.0.2", "fd99::2"]],
  );
});

test("a missing folder has no namespaces", { skip }, async () => {
  assert.deepEqual((await readNamespaces(hostInode, "/run/nowhere")).found, []);
});
