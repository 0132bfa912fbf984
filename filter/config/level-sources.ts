// Defines the other headers that carry a level, in one form for the PriorityLadder and the filter.
import { z } from "zod";
import { headerName, levelName } from "./names.ts";

export const maxLevelSources = 4;
const maxValues = 16;

/** A key of W3C tracestate without a tenant's upper limit, or a token of W3C baggage; lower case and short, as all names in the configuration are. */
const memberKey = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9_*/@-]*$/, "must be a key of lower-case letters, digits and _ - * / @");

const value = z.strictObject({
  value: z.string().min(1).max(64).describe("The value that is read."),
  level: levelName.describe("The level that it means."),
});

const places = ["header", "tracestate", "baggage"] as const;

/** A level is read from exactly one place. */
export const levelSource = z
  .strictObject({
    header: headerName.optional().describe("The first value of this header."),
    tracestate: memberKey.optional().describe("The member of W3C tracestate with this key."),
    baggage: memberKey
      .optional()
      .describe("The member of W3C baggage with this key. Its value is percent-decoded; its properties do not count."),
    values: z
      .array(value)
      .min(1)
      .max(maxValues)
      .optional()
      .describe(
        "Which level each value means; any other value means none. If omitted, the value is the name of a level.",
      ),
  })
  .refine((entry) => places.filter((place) => entry[place] !== undefined).length === 1, {
    error: `needs exactly one of: ${places.join(", ")}`,
  })
  .meta({ exactlyOne: places });

/** Where else the level is written, for applications that do not forward the level header. */
export const writeTo = z.strictObject({
  tracestate: memberKey.describe("The key of a member of W3C tracestate; other members stay."),
});

export type LevelSource = z.infer<typeof levelSource>;
