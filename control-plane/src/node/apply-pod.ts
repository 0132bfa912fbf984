// Gives all of a pod's packets, and its responses, the pod's level: reads its namespace, changes what differs, and reads it back.

import type { Run } from "./namespace.ts";
import { parseUndoRecord, undoRecord } from "./nft.ts";
import { type PodProgram, parsePodStatements, podStatements, podTransaction } from "./pod-chain.ts";
import { listTable } from "./queue.ts";
import { acceptedConnections, readReflectTos, writeReflectTos } from "./reflect-tos.ts";

export type AppliedPod = {
  /** Empty if everything was in order. */
  readonly changed: readonly string[];
  /** Connections accepted before responses were marked, which stay unmarked until they end. Only if marking began just now. */
  readonly connectionsBefore?: number;
};

export async function applyPod(run: Run, program: PodProgram): Promise<AppliedPod> {
  const before = await differences(run, program);
  const connectionsBefore = before.reflectTos ? await acceptedConnections(run) : undefined;
  const changed: string[] = [];
  // This comes first: the table's comment records the sysctl's previous value in case the process is killed.
  if (before.rules) {
    await run("nft", ["-f", "-"], podTransaction(program, undoRecord(before.record)));
    changed.push("nft chain of the pod");
  }
  if (before.reflectTos) {
    await writeReflectTos(run, "1");
    changed.push("net.ipv4.tcp_reflect_tos");
  }
  const left = changed.length === 0 ? before : await differences(run, program);
  if (left.rules || left.reflectTos) throw new Error(`set, but it reads back differently: ${JSON.stringify(left)}`);
  return { changed, ...(connectionsBefore === undefined ? {} : { connectionsBefore }) };
}

type Differences = { readonly rules: boolean; readonly reflectTos: boolean; readonly record: string };

async function differences(run: Run, program: PodProgram): Promise<Differences> {
  const reflectTos = await readReflectTos(run);
  const json = await listTable(run, ["-j"]);
  const record = json === undefined ? undefined : parseUndoRecord((await listTable(run, ["-t"])) ?? "");
  const found = json === undefined ? undefined : parsePodStatements(json);
  return {
    rules: record === undefined || JSON.stringify(found) !== JSON.stringify(podStatements(program)),
    reflectTos: reflectTos !== "1",
    record: record ?? reflectTos,
  };
}
