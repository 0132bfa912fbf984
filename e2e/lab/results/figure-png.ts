// Draws the figure's SVG as a PNG. The font comes from a package, so that the figure looks the same everywhere.
import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import { fontFamily } from "../../measure/figure.ts";

const { resolve } = createRequire(import.meta.url);
const weights = ["400Regular/Inter_400Regular.ttf", "600SemiBold/Inter_600SemiBold.ttf"];

/** At twice the size in pixels, for high-density displays. */
export function png(svg: string): Buffer {
  const resvg = new Resvg(svg, {
    fitTo: { mode: "zoom", value: 2 },
    font: {
      loadSystemFonts: false,
      fontFiles: weights.map((file) => resolve(`@expo-google-fonts/inter/${file}`)),
      defaultFontFamily: fontFamily,
    },
  });
  return resvg.render().asPng();
}
