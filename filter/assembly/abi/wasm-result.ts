// Lists the results of host functions (proxy-wasm ABI 0.2.1, WasmResult) that the filter distinguishes; it treats any other as an error.
export const enum WasmResult {
  Ok = 0,
  NotFound = 1,
  CasMismatch = 8,
}
