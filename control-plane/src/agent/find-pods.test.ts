// Which pod a network namespace belongs to, if the API server lists an address twice: none, since one of the entries is from before.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { namespaceFolder } from "../../test/namespace-folder.ts";
import { vethPair, withoutNamespaces } from "../../test/veth-pair.ts";
import { inNamespace } from "../node/namespace.ts";
import { readHost } from "../node/pod-namespaces.ts";
import { findPods } from "./find-pods.ts";

const skip = await withoutNamespaces();
const pair = skip === false ? await vethPair("claim") : undefined;
const there = namespaceFolder();
after(async () => {
  there.remove();
  await pair?.remove();
});

const podOf = (name: string, ...addresses: string[]) => ({
  ...{ pod: name, namespace: "a", addresses, links: [], dscps: [8] },
});

test("two pods with one address are both named, and the namespace belongs to neither", { skip }, async () => {
  there.add("cni-left", pair!.leftName);
  there.add("cni-right", pair!.rightName);
  const { inode: host } = await readHost(inNamespace(undefined)!);
  const pods = [podOf("stale", "10.99.0.1"), podOf("other", "10.99.0.2"), podOf("new", "10.99.0.1", "fd99::1")];
  const { owners, missing } = await findPods(pods, { folder: there.folder, host, known: [] });
  assert.deepEqual(
    [...owners].map(([{ name }, { pod }]) => [name, pod]),
    [["cni-right", "other"]],
  );
  const problem = "several pods of the node have addresses of namespace cni-left: a/stale, a/new";
  assert.deepEqual(
    missing.map(({ pod, why }) => [pod.pod, why]),
    ["stale", "new"].map((name) => [name, { reason: "NamespaceAmbiguous", problem }]),
  );
});
