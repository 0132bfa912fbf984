// Gives dependency-cruiser TypeScript 6, because it reads files with the compiler's JavaScript API, which TypeScript 7 lacks.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^typescript(?=$|\/)/, "typescript-6"), context),
});
