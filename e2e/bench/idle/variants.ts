// Lists the variants of an idle mesh: what each listener on a request's way has as its filter.
import { defaultCorrelators, type FilterConfig } from "@expedite/filter/config/schema.ts";
import { filterText } from "../../envoy/bootstrap.ts";
import { type Json, moduleFilter } from "../listeners.ts";
import { headerMutation, lua } from "../variants.ts";
import { assemble, emptyModule } from "../wat.ts";

type Role = FilterConfig["role"];

type Filters = {
  readonly filters?: readonly Json[];
  /** That of Expedite's filter. */
  readonly configuration?: string;
};

export interface IdleVariant {
  readonly name: string;
  /** The routes that its requests may have at the end of the chain, which are named by the level in the header; without one, `default`. */
  readonly routes: readonly string[];
  /** Whether Expedite gives its requests another level than the default one. */
  readonly isDemoted?: true;
  at(role: Role): Filters;
}

const rule = { name: "exports", match: { path: { prefix: "/export/" } }, level: "batch" };

/** As the control plane configures a gateway and sidecars, except that links are trusted: there is no mTLS here. */
function expedite(role: Role, rules: FilterConfig["rules"]): Filters {
  const trust = role === "gateway" ? ({ trust: "Never", rules } as const) : ({ trust: "Always" } as const);
  return { configuration: filterText({ role, correlateBy: [...defaultCorrelators], ...trust }) };
}

const everywhere =
  (filter: Json): IdleVariant["at"] =>
  () => ({ filters: [filter] });

/** The first is the one that others are compared with. */
export const idleVariants = (): readonly IdleVariant[] => [
  { name: "no-filter", routes: ["default"], at: () => ({}) },
  { name: "native", routes: ["batch"], at: everywhere(headerMutation()) },
  { name: "empty", routes: ["default"], at: everywhere(moduleFilter(assemble(emptyModule))) },
  { name: "lua", routes: ["batch"], at: everywhere(lua()) },
  // The filter may leave out the header of the default level.
  { name: "expedite-default", routes: ["interactive", "default"], at: (role) => expedite(role, []) },
  { name: "expedite-demoted", routes: ["batch"], isDemoted: true, at: (role) => expedite(role, [rule]) },
];
