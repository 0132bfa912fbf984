// Makes broken modules from the real one, as bytes or as a path: modules that a proxy may be given by mistake.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filterModule } from "../../envoy/bootstrap.ts";

/** filter.wasm with traps on demand (filter/assembly/trap-on-demand.ts). */
export function trapModule(): string {
  return join(dirname(filterModule()), "trap-on-demand.wasm");
}

/**
 * The module with every occurrence of a name replaced by another of the same length: valid WebAssembly with different imports or exports.
 */
function renamed(from: string, to: string): Uint8Array {
  const text = readFileSync(filterModule()).toString("latin1");
  if (text.split(from).length !== 2 || from.length !== to.length)
    throw new Error(`${from} does not occur exactly once`);
  return Buffer.from(text.replace(from, to), "latin1");
}

/** Files in a folder, by what is wrong with each. */
export function brokenModules(folder: string): Readonly<Record<string, string>> {
  const module = readFileSync(filterModule());
  const bytes: Readonly<Record<string, Uint8Array>> = {
    "is empty": new Uint8Array(),
    "is random bytes": Uint8Array.from({ length: 20_000 }, () => Math.floor(Math.random() * 256)),
    "is half a module": module.subarray(0, module.length / 2),
    "is WebAssembly for another host": renamed("proxy_set_shared_data", "proxy_put_shared_data"),
    "names no ABI version": renamed("proxy_abi_version_0_2_1", "proxy_abi_version_9_9_9"),
    "has no malloc": renamed("malloc", "mallok"),
  };
  const files = Object.entries(bytes).map(([name, contents]) => {
    const file = join(folder, `${name.replaceAll(" ", "-")}.wasm`);
    writeFileSync(file, contents);
    return [name, file] as const;
  });
  return { "is missing": join(folder, "nowhere.wasm"), ...Object.fromEntries(files) };
}
