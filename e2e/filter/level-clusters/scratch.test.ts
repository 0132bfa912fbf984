import { after, before, test } from "node:test";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { readStats, getText } from "../../envoy/admin.ts";
import { send } from "../client.ts";
import { batch, clusterOf, LevelProxy, listOf, plain, ports, upstream, userRoute } from "./proxy.ts";
const level = clusterOf("reviews", "expedite-batch");
test("scratch", async () => {
  const proxy = await LevelProxy.start({
    routes: [userRoute("one", { cluster: clusterOf("reviews") }), userRoute("two", { cluster: clusterOf("reviews") }), { name: "default", match: { prefix: "/" }, route: { cluster: clusterOf("slow"), timeout: "0s" } }],
    list: listOf({ [plain]: ["one"] }),
    clusters: [{ name: clusterOf("reviews"), port: 18081 }, { name: level, port: 18082 }, { name: clusterOf("slow"), port: 18083 }],
    upstreams: [upstream("original", 18081), upstream("level", 18082)],
  });
  const wasm = async () => Object.fromEntries([...(await readStats(proxy.envoy.admin, "wasm\\.envoy|remote_load|wasmcustom.expedite.outbound.ticks$"))]);
  const which = async () => (await Promise.all(["one", "two"].map(async (n) => { const s = new Set<string>(); for (let i = 0; i < 20; i++) s.add((await send(ports.outbound, "/", { ...batch, [`x-${n}`]: "1", connection: "close" })).headers["x-upstream"] ?? "?"); return `${n}:${[...s]}`; }))).join(" ");
  const A = listOf({ [plain]: ["one"] }), B = listOf({ [plain]: ["two"] });
  console.log("start", await wasm(), await which());
  const t0 = await wasm(); const s0 = Date.now(); await sleep(5000); const t1 = await wasm();
  console.log("ticks/s", (t1["wasmcustom.expedite.outbound.ticks"]! - t0["wasmcustom.expedite.outbound.ticks"]!) / ((Date.now() - s0) / 1000));
  await proxy.setList(B); await sleep(100); console.log("B", await which(), await wasm());
  await proxy.setList(A); await sleep(100); console.log("A again", await which(), await wasm());
  await proxy.setList(B); console.log("B", await which());
  // hold a stream on a slow upstream with B
  const { createServer } = await import("node:http");
  const server = createServer((q, r) => { r.writeHead(200); r.write("x"); }).listen(18083, "127.0.0.1");
  await sleep(100);
  const sockets = [];
  for (let i = 0; i < 16; i++) { const s = connect(ports.outbound, "127.0.0.1"); s.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"); s.on("data", () => {}); sockets.push(s); }
  await sleep(300);
  await proxy.setList(A); await sleep(200); console.log("A with streams of B", await which());
  await proxy.setList(B); await sleep(200); console.log("B again while its streams live", await which());
  const t2 = await wasm(); const s2 = Date.now(); await sleep(6000); const t3 = await wasm();
  console.log("ticks/s with two roots", (t3["wasmcustom.expedite.outbound.ticks"]! - t2["wasmcustom.expedite.outbound.ticks"]!) / ((Date.now() - s2) / 1000), t3);
  for (const s of sockets) s.destroy();
  await sleep(200);
  console.log("streams gone", await which());
  server.closeAllConnections(); server.close();
  console.log(proxy.envoy.log().split("\n").filter((l) => !l.includes("fail_open")).slice(-10).join("\n"));
  await proxy.stop();
});
