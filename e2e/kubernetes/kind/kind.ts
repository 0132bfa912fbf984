/// <reference lib="esnext.disposable" />
// Starts a cluster with kind on Docker, with the same interface as cluster.ts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "../../process/command.ts";
import { runBeside } from "../../process/run.ts";
import { waitUntil } from "../../process/wait.ts";
import { binaryOf, parts } from "../build/parts.ts";
import type { ApiServer, Kubectl } from "../control-plane.ts";
import { archiveOf, images } from "../images/images.ts";
import { startIstio } from "../istio.ts";
import type { Node } from "../node/node.ts";
import type { Cluster, ClusterOptions } from "../running-cluster.ts";
import { configOf, create, ctr, inspect, load, move, placed, remove, workerOf } from "./commands.ts";

const configuration = join(import.meta.dirname, "../../../kind-config.yaml");
const loaded = {
  plain: [images.app],
  istio: [images.app, images.pilot, images.proxy, images.controller],
} as const;

const kind = (args: readonly string[], input?: string): Promise<string> =>
  command("kind", args, input === undefined ? {} : { input });

async function nodeOf(cluster: string, number: number): Promise<Node> {
  const name = workerOf(cluster, number);
  const [pid = "", address = ""] = (await command("docker", inspect(name))).trim().split(" ");
  return {
    name,
    address,
    pid: Number(pid),
    imported: Promise.resolve(),
    ctr: (args) => command("docker", ctr(name, args)),
    tail: () => spawnSync("docker", ["logs", "--tail", "15", name], { encoding: "utf8" }).stdout,
    kill: async () => void (await command("docker", ["kill", name])),
  };
}

/** The kubelet starts it from a manifest, and ends it when the manifest is gone. */
function apiServerOf(cluster: string, kubectl: Kubectl): ApiServer {
  const asks = async (): Promise<boolean> => {
    await kubectl(["get", "--raw", "/readyz"]);
    return true;
  };
  return {
    kill: async () => {
      await command("docker", move(cluster, "away"));
      await waitUntil({ what: "the API server is gone", seconds: 60 }, () =>
        asks().then(
          () => false,
          () => true,
        ),
      );
    },
    start: async () => {
      await command("docker", move(cluster, "back"));
      await waitUntil({ what: "the API server is ready", seconds: 120 }, asks);
    },
  };
}

/** @throws CommandError with kind's output, after deleting what was created */
export async function startKind({ nodes: count = 2, istio = false }: ClusterOptions): Promise<Cluster> {
  await using started = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "kind-"));
  started.defer(() => rmSync(folder, { recursive: true, force: true }));
  const name = `expedite-${process.pid}`;
  const kubeconfig = join(folder, "kubeconfig");
  // Registered beforehand, because a creation that fails leaves containers behind.
  started.defer(async () => void (await kind(remove(name, kubeconfig))));
  await kind(create(name, kubeconfig), configOf(readFileSync(configuration, "utf8"), count));
  if (count > 0) for (const image of istio ? loaded.istio : loaded.plain) await kind(load(name, archiveOf(image)));
  const kubectl: Kubectl = (args, input) => {
    const flags = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(folder, "kubectl")}`];
    const options = input === undefined ? {} : { input: placed(input, name) };
    return command(binaryOf(parts.kubectl), [...flags, ...args], options);
  };
  const nodes: Node[] = [];
  for (let number = 1; number <= count; number++) nodes.push(await nodeOf(name, number));
  if (istio) await startIstio(kubectl);
  const running = started.move();
  return {
    kubectl,
    nodes,
    apiServer: apiServerOf(name, kubectl),
    run: (program) => runBeside(program, { KUBECONFIG: kubeconfig }),
    stop: () => running.disposeAsync(),
  };
}
