// Instantiates the compiled module and checks its imports and exports against what the filter may have.
import { instantiateSync } from "@assemblyscript/loader";

/** Something that no correct module does: the host stops with this error instead of answering. */
export class HostError extends Error {}

type Callback = (...args: number[]) => number;

/** The only exports that the filter may have, with their number of parameters. It must have all but `optional`. */
const callbacks = {
  _initialize: 0,
  malloc: 1,
  proxy_abi_version_0_2_1: 0,
  proxy_on_configure: 2,
  proxy_on_tick: 1,
  proxy_on_request_headers: 3,
  proxy_on_log: 1,
} as const;

/** For the request queue only. */
const optional = "proxy_on_log";

type Name = keyof typeof callbacks;
export type Callbacks = Readonly<Record<Exclude<Name, typeof optional>, Callback>> & {
  readonly [optional]?: Callback;
};
export type HostFunctions = Readonly<Record<string, (...args: never[]) => number>>;

/** @throws HostError for an import that the host lacks, and for a missing, malformed or superfluous export */
export function instantiate(module: WebAssembly.Module, functions: HostFunctions): Guest {
  for (const { module: space, name } of WebAssembly.Module.imports(module))
    if (space !== "env" || !(name in functions)) throw new HostError(`the module imports ${space}.${name}`);
  // The raw exports: the loader's wrappers have lost their number of parameters.
  const { exports } = instantiateSync(module, { env: functions }).instance;
  const found: Record<string, unknown> = exports;
  for (const { name, kind } of WebAssembly.Module.exports(module)) {
    const known = name === "memory" ? kind === "memory" : kind === "function" && name in callbacks;
    if (!known) throw new HostError(`the module exports ${kind} ${name}`);
  }
  for (const [name, parameters] of Object.entries(callbacks)) {
    const callback = found[name];
    if (callback === undefined && name === optional) continue;
    if (typeof callback !== "function" || callback.length !== parameters)
      throw new HostError(`the module does not export a function ${name} with ${parameters} parameters`);
  }
  return new Guest(found as Callbacks & { memory: WebAssembly.Memory });
}

/** A module's instance. Addresses and sizes are checked before each access. */
export class Guest {
  readonly callbacks: Callbacks;
  readonly #memory: WebAssembly.Memory;
  #bytes: Buffer;

  constructor(exports: Callbacks & { memory: WebAssembly.Memory }) {
    this.callbacks = exports;
    this.#memory = exports.memory;
    this.#bytes = Buffer.from(exports.memory.buffer);
  }

  /** Linear memory in pages of 64 KiB. */
  get pages(): number {
    return this.#memory.buffer.byteLength / 65536;
  }

  /** The memory, after checking that `size` bytes from `at` exist. */
  #view(at: number, size: number): Buffer {
    if (this.#bytes.buffer !== this.#memory.buffer) this.#bytes = Buffer.from(this.#memory.buffer);
    const start = at >>> 0;
    if (start + size > this.#bytes.length)
      throw new HostError(`the module points outside of its memory: ${start}+${size}`);
    return this.#bytes;
  }

  /** A string with one character per byte. */
  text(at: number, size: number): string {
    return this.#view(at, size >>> 0).toString("latin1", at >>> 0, (at >>> 0) + (size >>> 0));
  }

  bytes(at: number, size: number): Uint8Array {
    return this.#view(at, size >>> 0).subarray(at >>> 0, (at >>> 0) + (size >>> 0));
  }

  writeU32(at: number, value: number): void {
    this.#view(at, 4).writeUInt32LE(value >>> 0, at >>> 0);
  }

  writeU64(at: number, value: bigint): void {
    this.#view(at, 8).writeBigUInt64LE(value, at >>> 0);
  }

  /** Hands bytes over in memory from the module's malloc. False if it has no room: Envoy then answers InvalidMemoryAccess. */
  handOver(value: Uint8Array | string, pointer: number, sizePointer: number): boolean {
    // Envoy doesn't call malloc for zero bytes (wasm.h, copyToPointerSize).
    const at = value.length === 0 ? 0 : this.callbacks.malloc(value.length) >>> 0;
    if (value.length > 0 && at === 0) return false;
    const memory = this.#view(at, value.length);
    if (typeof value === "string") memory.write(value, at, "latin1");
    else memory.set(value, at);
    this.writeU32(pointer, at);
    this.writeU32(sizePointer, value.length);
    return true;
  }
}
