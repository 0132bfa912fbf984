// Compiles modules in the WebAssembly text format into code for an Envoy configuration.
import binaryen from "assemblyscript/binaryen";
import type { Json } from "./listeners.ts";

/** @throws for text that is not a valid module */
export function assemble(text: string): Json {
  const module = binaryen.parseText(text);
  if (!module.validate()) throw new Error(`not a valid module:\n${text}`);
  const bytes = module.emitBinary();
  module.dispose();
  return { inline_bytes: Buffer.from(bytes).toString("base64") };
}

/** Wraps `imports` and `body` into a module with the exports that Envoy requires (proxy-wasm ABI 0.2.1). */
export function proxyModule(imports: string, body: string): string {
  return `(module
  ${imports}
  (memory (export "memory") 2)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  ${body}
)`;
}

/** Lets every request pass: the cost of Envoy's Wasm host by itself. */
export const emptyModule = proxyModule(
  "",
  `(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0))`,
);
