// Declares the parts in use of a package that comes without types.
declare module "fengari" {
  type State = { readonly opaque: unique symbol };
  const fengari: {
    readonly lauxlib: {
      luaL_newstate(): State;
      /** Not 0 if it failed; then the message is on the stack. */
      luaL_dostring(state: State, program: Uint8Array): number;
    };
    readonly lualib: { luaL_openlibs(state: State): void };
    readonly lua: { lua_tostring(state: State, index: number): Uint8Array };
    to_luastring(text: string): Uint8Array;
    to_jsstring(bytes: Uint8Array): string;
  };
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS.
  export default fengari;
}
