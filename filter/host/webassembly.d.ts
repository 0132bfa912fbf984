// The part of the WebAssembly JavaScript API (W3C) that the host uses: TypeScript declares it for browsers only.
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
    readonly exports: Record<string, unknown>;
  }
  interface Description {
    readonly module: string;
    readonly name: string;
    readonly kind: "function" | "global" | "memory" | "table";
  }
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
    static imports(module: Module): readonly Description[];
    static exports(module: Module): readonly Omit<Description, "module">[];
  }
}
