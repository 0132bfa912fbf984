/// <reference lib="esnext.disposable" />
// etcd and an API server without nodes, and our command beside it: nothing enters; kubectl, the command and the server's end leave.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { controlPlaneName, netnsFile } from "../addresses.ts";
import { type Kubectl, startControlPlane } from "../control-plane.ts";
import { buildNetwork, removeNetwork } from "../network.ts";
import { writePki } from "../pki.ts";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ApiServer {
  readonly kubectl: Kubectl;
  /** `expedite` with a kubeconfig of cluster-admin. */
  expedite(...args: readonly string[]): Promise<Ended>;
  /** A module's text, run by Node with the kubeconfig's path as its argument. */
  run(module: string): Promise<Ended>;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, "../../..");

export async function startApiServer(): Promise<ApiServer> {
  await using started = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "api-server-"));
  started.defer(() => rmSync(folder, { recursive: true, force: true }));
  const pki = join(folder, "pki");
  mkdirSync(pki);
  await writePki(pki, []);
  await buildNetwork([]);
  started.defer(() => removeNetwork([]));
  const { kubectl } = await startControlPlane(pki, folder, started);
  const config = join(pki, "admin.conf");
  const cli = join(root, "control-plane/src/cli.ts");
  const running = started.move();
  return {
    kubectl,
    expedite: (...args) => node([cli, ...args], { KUBECONFIG: config }),
    run: (module) => node(["--input-type=module", "--eval", module, "--", config], {}),
    stop: () => running.disposeAsync(),
  };
}

async function node(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn("nsenter", [`--net=${netnsFile(controlPlaneName)}`, process.execPath, ...args], {
    cwd: root,
    env: { ...process.env, ...environment, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
