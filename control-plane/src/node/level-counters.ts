// Takes from a link's classes what each level has sent, and what waits.
import type { NodeProgram } from "../render/node/node-program.ts";
import type { HtbClass } from "./tc.ts";

/** Since the class was made: bytes with link-layer headers, as HTB counts them. `backlog`: bytes that wait now. */
export type LevelCounters = Readonly<Record<"bytes" | "packets" | "drops" | "overlimits" | "backlog", number>> & {
  readonly level: string;
};

/** One for each level of the program, with zeros where there is no class. */
export function levelCounters({ levels }: NodeProgram, classes: readonly HtbClass[]): readonly LevelCounters[] {
  return levels.map(({ level, classid }) => {
    const found = classes.find((entry) => entry.classid === classid);
    const { bytes = 0, packets = 0, drops = 0, overlimits = 0, backlog = 0 } = found ?? {};
    return { level, bytes, packets, drops, overlimits, backlog };
  });
}
