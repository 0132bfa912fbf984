// Runs kube-score on rendered objects.
import { existsSync } from "node:fs";
import { binaryOf, tools } from "../kubernetes/build/parts.ts";
import { reportOn } from "./report-on.ts";

const binary = binaryOf(tools.kubeScore);

/** For node:test's `skip`. */
export const withoutKubeScore: string | false =
  !existsSync(binary) && "kube-score is not built: npm run test:cluster builds it, with Go";

type Scored = {
  readonly type_meta: { readonly kind: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
  }[];
};

/** Whatever is not wholly well. @returns check and kind, sorted and each once: `pod-networkpolicy: DaemonSet` */
export async function findings(yaml: string): Promise<readonly string[]> {
  const args = ["score", "--output-format", "json", "--kubernetes-version", "v1.36", "-"];
  const objects = await reportOn<readonly Scored[]>(yaml, binary, args);
  const found = objects.flatMap(({ type_meta: { kind }, checks }) =>
    checks.filter(({ grade, skipped }) => !skipped && grade < 10).map(({ check }) => `${check.id}: ${kind}`),
  );
  return [...new Set(found)].sort();
}
