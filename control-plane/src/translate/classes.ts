// Makes the table of the ladder's classes for whoever configures the network between the nodes: which DSCP has which share, on which links. Pure.
import type { PriorityLadder } from "../api/priority-ladder.ts";
import { parseTcRate } from "../api/rate.ts";
import type { Labels } from "../core/labels.ts";
import { levels } from "./levels.ts";

/** The answer of /api/v1/classes. It changes only with the ladder. */
export type ClassTable = {
  /** Only in mode Enforce are packets marked and links ordered. */
  readonly mode: PriorityLadder["spec"]["mode"];
  /** The level of packets without a mark. */
  readonly defaultLevel: string;
  /** One for each level, highest first. */
  readonly classes: readonly {
    readonly level: string;
    /** The DSCP's name, and its six bits. */
    readonly dscp: string;
    readonly codePoint: number;
    /** What the class keeps of a link when higher ones want all of it, in percent. All classes together have 100. */
    readonly share: number;
  }[];
  readonly links: readonly {
    readonly name: string;
    readonly scope: "Pod" | "Node";
    readonly selector?: Labels;
    readonly nodeSelector?: Labels;
    readonly device?: string;
    /** bit/s. Absent: the ladder has none, so it is that of a pod's annotation. */
    readonly rate?: number;
    readonly markTunnels: boolean;
  }[];
};

export function classTable(ladder: PriorityLadder): ClassTable {
  const { mode, defaultLevel, links } = ladder.spec;
  return {
    mode,
    defaultLevel,
    classes: levels(ladder).map(({ name, dscp, share }, index) => ({
      level: name,
      dscp: ladder.spec.levels[index]!.dscp,
      codePoint: dscp,
      share,
    })),
    links: links.map(({ name, scope, selector, nodeSelector, device, rate, markTunnels }) => {
      const bits = parseTcRate(rate ?? "");
      return {
        ...{ name, scope },
        ...(selector === undefined ? {} : { selector }),
        ...(nodeSelector === undefined ? {} : { nodeSelector }),
        ...(device === undefined ? {} : { device }),
        ...(bits === undefined ? {} : { rate: bits }),
        markTunnels,
      };
    }),
  };
}
