// Runs the filter's own module with a configuration and a request, and returns the resulting level. Nothing is matched in TypeScript.
import type { Match } from "@expedite/filter/config/match.ts";
import { queueTicket } from "@expedite/filter/config/queue.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { type FilterVm, startFilterVm } from "@expedite/filter/host/filter-vm.ts";
import { streamAttributes } from "@expedite/filter/host/stream-attributes.ts";
import { headerList, type Request } from "./request.ts";

const levelHeader = "x-request-priority";

/** A ladder for two answers: a rule that matches gives the first. */
const question = {
  version: 1,
  role: "gateway",
  header: levelHeader,
  levels: ["matches", "fails"],
  defaultLevel: "fails",
  correlateBy: ["x-request-id"],
  trust: "Never",
} as const;

export class FilterEvaluator {
  readonly #module: WebAssembly.Module;

  /** @param file filter.wasm. @throws if it is not WebAssembly, or not a module that Envoy could run as the filter */
  constructor(file: Uint8Array<ArrayBuffer>) {
    this.#module = new WebAssembly.Module(file);
    startFilterVm({ module: this.#module });
  }

  /** @param config with role gateway, which writes the level of every request. @throws when the filter refuses it, with its message */
  level(config: FilterConfig, request: Request): string {
    const headers = this.#configured(config).request(headerList(request), streamAttributes(request));
    return headers.find(([name]) => name === config.header)?.[1] ?? config.defaultLevel;
  }

  /**
   * Whether a request waits at a pod that has one in its application already.
   *
   * @param config with role inbound and a queue of limit 1. @throws when the filter refuses it, with its message
   */
  waits(config: FilterConfig, request: Request): boolean {
    const vm = this.#configured(config);
    vm.begin(headerList({ method: "GET", path: "/", host: request.host, headers: [] }));
    return vm.begin(headerList(request), streamAttributes(request)).headers.some(([name]) => name === queueTicket);
  }

  /** @param rule its name, which a percentage depends on */
  holds(rule: string, match: Match, request: Request): boolean {
    const rules = [{ name: rule, match, level: "matches" }];
    return (
      this.level({ ...question, levels: [...question.levels], correlateBy: ["x-request-id"], rules }, request) ===
      "matches"
    );
  }

  #configured(config: FilterConfig): FilterVm {
    const vm = startFilterVm({ module: this.#module });
    const { accepted, logs } = vm.configure(JSON.stringify(config));
    if (!accepted) throw new Error(`the filter refuses its configuration: ${logs.join("; ")}`);
    return vm;
  }
}
