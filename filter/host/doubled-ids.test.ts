// Libraries and proxies on the way repeat headers (opentelemetry-erlang#312, emissary#1344): of a list of ids the first counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { joinedBy } from "./join.ts";
import type { HeaderRecord } from "./sidecar.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const other = "0af7651916cd43dd8448eb211c80319c";

interface Ids {
  readonly own: string;
  readonly foreign: string;
}

const ids: Readonly<Record<string, Ids>> = {
  "x-request-id": { own: "6f9619ff-8b86-4011-b42d-00cf4fc964ff", foreign: "7d1b1c8e-93a5-4c2f-8f6e-0d9f3f6f2a11" },
  traceparent: { own: `00-${trace}-00f067aa0ba902b7-01`, foreign: `00-${other}-b7ad6b7169203331-01` },
  b3: { own: `${trace}-00f067aa0ba902b7-1`, foreign: `${other}-b7ad6b7169203331-1` },
  "x-b3-traceid": { own: trace, foreign: other },
  "x-datadog-trace-id": { own: "11803532876627986230", foreign: "9532127138774266268" },
  "x-cloud-trace-context": { own: `${trace}/1;o=1`, foreign: `${other}/2;o=1` },
  "grpc-trace-bin": {
    own: Buffer.from(`0000${trace}0100f067aa0ba902b70201`, "hex").toString("base64"),
    foreign: Buffer.from(`0000${other}0100f067aa0ba902b70201`, "hex").toString("base64"),
  },
};

/** Lists that begin with the id. */
const lists = ({ own, foreign }: Ids): readonly string[] => [
  ...[`${own},${own}`, `${own}, ${own}`, `${own} \t,\t ${own}`, `${own}, ${own}, ${own}`],
  ...[`${own},${foreign}`, `${own}, ${foreign}`, `${own}, nonsense`],
  ...[`${own},`, `,${own}`, ` , ,${own}`, ` ${own} `],
];

for (const [name, pair] of Object.entries(ids))
  for (const list of lists(pair))
    test(`doubled ids: ${name}: ${JSON.stringify(list)} joins by the first`, () => {
      const one: HeaderRecord = { [name]: pair.own };
      assert.equal(joinedBy({ [name]: list }, one), name, "received");
      assert.equal(joinedBy(one, { [name]: list }), name, "sent");
      assert.equal(joinedBy({ [name]: pair.foreign }, { [name]: list }), undefined, "only the first counts");
    });

test("doubled ids: commas alone are not an id", () => {
  for (const list of [",", " , ", ",,,"])
    assert.equal(joinedBy({ "x-request-id": list }, { "x-request-id": list }), undefined);
});

test("doubled ids: the first one counts, whatever follows it", () => {
  const good = ids.traceparent!.own;
  assert.equal(joinedBy({ traceparent: good }, { traceparent: `nonsense, ${good}` }), undefined);
});
