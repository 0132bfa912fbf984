// What figures in SVG share: fonts, text, and plots placed in a document.
import type { plot } from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** The browser that shows the SVG finds these fonts by name; what draws it as a PNG brings the first one along. */
export const fontFamily = "Inter";
export const fonts = `${fontFamily}, "Helvetica Neue", Helvetica, Arial, sans-serif`;

export const style = {
  fontFamily: fonts,
  fontSize: "12px",
  color: "#333333",
  background: "white",
  overflow: "visible",
} as const;

/** Where Plot makes its elements. */
export const { document } = parseHTML("<html><body></body></html>");

const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export const label = ([x, y]: readonly [x: number, y: number], text: string, attributes = ""): string =>
  `<text x="${x}" y="${y}" ${attributes}>${escaped(text)}</text>`;

/** Approximate width of a text in pixels, from Inter's mean advance at 12 px. */
export const advance = (text: string): number => text.length * 6.4;

/** Plot's own style sheet needs features that few renderers support, so everything that it sets is an attribute here. */
export function place(drawn: ReturnType<typeof plot>, x: number, y: number): string {
  for (const sheet of drawn.querySelectorAll("style")) sheet.remove();
  const svg = drawn.tagName.toLowerCase() === "svg" ? drawn : drawn.querySelector("svg");
  svg?.setAttribute("x", `${x}`);
  svg?.setAttribute("y", `${y}`);
  svg?.setAttribute("overflow", "visible");
  return svg?.outerHTML ?? "";
}
