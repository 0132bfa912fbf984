// What a host function returns (proxy-wasm ABI 0.2.1, WasmResult). Whatever is not named here is an error to live with.
export const enum WasmResult {
  Ok = 0,
  NotFound = 1,
  CasMismatch = 8,
}
