// Examples of matchers for headers, and for gRPC requests.
import { agent, grpc, type MatcherExample, nothing, path } from "./example.ts";

export const headers: readonly MatcherExample[] = [
  {
    name: "header",
    match: { headers: [{ name: "user-agent", exact: "crawler/1.0" }] },
    holds: [agent("crawler/1.0")],
    fails: [agent("crawler"), agent("Crawler/1.0"), agent("crawler/1.0.1"), nothing],
  },
  {
    name: "header-first",
    match: { headers: [{ name: "x-tenant", exact: "free" }] },
    holds: [{ headers: { "x-tenant": ["free", "paid"] } }],
    fails: [{ headers: { "x-tenant": ["paid", "free"] } }],
  },
  {
    name: "header-prefix",
    match: { headers: [{ name: "user-agent", prefix: "crawler/" }] },
    holds: [agent("crawler/1.0"), agent("crawler/")],
    fails: [agent("crawler"), agent("a crawler/1.0"), nothing],
  },
  {
    name: "header-suffix",
    match: { headers: [{ name: "user-agent", suffix: "(batch)" }] },
    holds: [agent("client/2 (batch)"), agent("(batch)")],
    fails: [agent("client/2 (batch) x"), agent("batch)"), nothing],
  },
  {
    name: "header-contains",
    match: { headers: [{ name: "user-agent", contains: "bot" }] },
    holds: [agent("bot"), agent("somebot/1.0"), agent("a bobot")],
    fails: [agent("Bot"), agent("bo t"), nothing],
  },
  {
    name: "header-present",
    match: { headers: [{ name: "user-agent", present: true }] },
    holds: [agent("a")],
    fails: [nothing],
  },
  {
    name: "header-absent",
    match: { headers: [{ name: "user-agent", present: false }] },
    holds: [nothing],
    fails: [agent("a")],
  },
  {
    name: "header-any",
    match: { headers: [{ name: "user-agent", any: [{ prefix: "curl/" }, { contains: "bot" }, { present: false }] }] },
    holds: [agent("curl/8"), agent("somebot"), nothing],
    fails: [agent("Mozilla")],
  },
  {
    name: "header-not",
    match: { headers: [{ name: "user-agent", contains: "Mozilla", not: true }] },
    holds: [agent("curl/8"), nothing],
    fails: [agent("Mozilla/5.0")],
  },
  {
    name: "headers-all",
    match: {
      headers: [
        { name: "user-agent", contains: "bot" },
        { name: "x-tenant", exact: "free" },
      ],
    },
    holds: [{ headers: { "user-agent": "bot", "x-tenant": "free" } }],
    fails: [
      { headers: { "user-agent": "bot", "x-tenant": "paid" } },
      agent("bot"),
      { headers: { "x-tenant": "free" } },
    ],
  },
];

export const grpcs: readonly MatcherExample[] = [
  {
    name: "grpc",
    match: { grpc: {} },
    holds: [grpc("/bookinfo.Ratings/Get"), grpc("/a", "application/grpc+proto")],
    fails: [nothing, grpc("/bookinfo.Ratings/Get", "application/json")],
  },
  {
    name: "grpc-service",
    match: { grpc: { service: { exact: "bookinfo.Ratings" } } },
    holds: [grpc("/bookinfo.Ratings/Get"), grpc("/bookinfo.Ratings/Export?x")],
    fails: [grpc("/bookinfo.RatingsV2/Get"), grpc("/bookinfo.Ratings"), grpc("/bookinfo.Ratings/Get", "text/plain")],
  },
  {
    name: "grpc-service-prefix",
    match: { grpc: { service: { prefix: "bookinfo." } } },
    holds: [grpc("/bookinfo.Ratings/Get")],
    fails: [grpc("/bookinfo2.Ratings/Get")],
  },
  {
    name: "grpc-service-suffix",
    match: { grpc: { service: { suffix: ".Exports" } } },
    holds: [grpc("/bookinfo.Exports/Run")],
    fails: [grpc("/bookinfo.ExportsV2/Run"), grpc("/bookinfo/.Exports")],
  },
  {
    name: "grpc-service-not",
    match: { grpc: { service: { exact: "bookinfo.Ratings", not: true } } },
    holds: [grpc("/bookinfo.Reviews/Get"), grpc("/")],
    fails: [grpc("/bookinfo.Ratings/Get"), path("/bookinfo.Reviews/Get")],
  },
  {
    name: "grpc-method-prefix",
    match: { grpc: { method: { prefix: "List" } } },
    holds: [grpc("/a.B/List"), grpc("/a.B/ListUsers")],
    fails: [grpc("/a.B/list"), grpc("/List/Get")],
  },
  {
    name: "grpc-method-suffix",
    match: { grpc: { method: { suffix: "All" } } },
    holds: [grpc("/a.B/GetAll"), grpc("/a.B/All?x=1")],
    fails: [grpc("/a.B/GetAllUsers"), grpc("/a.All/Get")],
  },
  {
    name: "grpc-method",
    match: { grpc: { method: { any: [{ exact: "Export" }, { prefix: "List" }, { suffix: "All" }] } } },
    holds: [grpc("/a.B/Export"), grpc("/a.B/ListUsers"), grpc("/a.B/GetAll?x=1")],
    fails: [grpc("/a.B/Get"), grpc("/Export/Get"), grpc("/a.B/Exports")],
  },
  {
    name: "grpc-not",
    match: { grpc: { service: { exact: "bookinfo.Ratings" }, method: { exact: "Get", not: true } } },
    holds: [grpc("/bookinfo.Ratings/Export")],
    fails: [grpc("/bookinfo.Ratings/Get"), grpc("/bookinfo.Reviews/Export"), path("/bookinfo.Ratings/Export")],
  },
];
