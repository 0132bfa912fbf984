// Makes Istio's images from programs on this machine: istiod, and the proxy with its agent and what redirects a pod's connections.
import { globSync } from "node:fs";
import { basename } from "node:path";
import type { RootFolder } from "../../../release/images/root-folder.ts";
import { fileOf, files } from "../build/files.ts";
import { binaryOf, parts } from "../build/parts.ts";
import { findProgram } from "../build/requirements.ts";

const users = "root:x:0:0:root:/:\nistio-proxy:x:1337:1337::/:\n";

export const pilotSources = (): readonly string[] => [binaryOf(parts.pilot, "pilot-discovery")];

export function fillPilot(root: RootFolder): void {
  root.text("/etc/passwd", users);
  root.binary(binaryOf(parts.pilot, "pilot-discovery"), "/usr/local/bin/pilot-discovery");
}

/** The Envoy under test (setup/envoy.mjs). */
function envoy(): string {
  const file = process.env.EXPEDITE_ENVOY;
  if (file === undefined) throw new Error("EXPEDITE_ENVOY is not set: start it by npm run test:cluster");
  return file;
}

const template = fileOf(files.istio, "tools/packaging/common/envoy_bootstrap.json");

export const proxySources = (): readonly string[] => [binaryOf(parts.agent, "pilot-agent"), envoy(), template];

const multi = "/usr/sbin/xtables-nft-multi";
const commands = ["iptables", "ip6tables", "iptables-nft", "ip6tables-nft"].flatMap((name) => [
  name,
  `${name}-save`,
  `${name}-restore`,
]);

export function fillProxy(root: RootFolder): void {
  root.text("/etc/passwd", users);
  root.text("/etc/group", "root:x:0:\nistio-proxy:x:1337:\n");
  root.binary(binaryOf(parts.agent, "pilot-agent"), "/usr/local/bin/pilot-agent");
  root.binary(envoy(), "/usr/local/bin/envoy");
  root.file(template, "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json");
  root.binary(findProgram("xtables-nft-multi")!, multi);
  for (const name of commands) root.link(basename(multi), `/usr/sbin/${name}`);
  for (const library of globSync("/usr/lib/*/xtables/*.so")) root.binary(library);
  root.binary(findProgram("nft")!, "/usr/sbin/nft");
}
