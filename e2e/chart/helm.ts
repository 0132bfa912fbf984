// Renders the chart with the real helm, which the cluster tests build.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { chartFolder } from "../../release/chart/chart.ts";
import { binaryOf, parts } from "../kubernetes/build/parts.ts";

const binary = binaryOf(parts.helm);

/** For node:test's `skip`. */
export const withoutHelm: string | false =
  !existsSync(binary) && "helm is not built: npm run test:cluster builds it, with Go, in about 2 minutes";

/** Helm's caches and settings. */
const home = mkdtempSync(join(tmpdir(), "helm-"));

/** @returns standard output. @throws with helm's message */
export async function helm(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, args, { env: { HOME: home }, maxBuffer: 16 << 20 });
  return stdout;
}

/** As `helm install expedite --namespace istio-system` would render it. */
export const template = (...args: readonly string[]): Promise<string> =>
  helm("template", "expedite", chartFolder, "--namespace", "istio-system", ...args);

export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: any field of any kind.
  readonly [field: string]: any;
}

/** The objects of a YAML text, without empty documents. */
export function objectsOf(text: string): readonly Rendered[] {
  return parseAllDocuments(text).flatMap((document) => {
    const object = document.toJS() as Rendered | null;
    return object === null ? [] : [object];
  });
}

export const render = async (...args: readonly string[]): Promise<readonly Rendered[]> =>
  objectsOf(await template(...args));
