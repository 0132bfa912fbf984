// Gives dependency-cruiser TypeScript 6: it reads files by the compiler's JavaScript API, which TypeScript 7 does not have.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^typescript(?=$|\/)/, "typescript-6"), context),
});
