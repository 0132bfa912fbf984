// The results of host functions (proxy-wasm ABI 0.2.1, WasmResult) that the filter distinguishes; it takes any other for an error.
export const enum WasmResult {
  Ok = 0,
  NotFound = 1,
  CasMismatch = 8,
}
