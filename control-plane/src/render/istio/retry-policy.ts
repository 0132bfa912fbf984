// Makes the same retry policy as istiod does from the retries of a VirtualService or the mesh (istiod 1.31, networking/core/route/retry:
// ConvertPolicy); e2e/oracle compares the two.

import type { Retries } from "../../core/mesh-config.ts";
import { protobufDuration } from "../../core/protobuf-duration.ts";
import { any, type Message } from "../xds/message.ts";

const previousHosts = [
  {
    name: "envoy.retry_host_predicates.previous_hosts",
    typed_config: any("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", {}),
  },
];

const otherLocalities: Message = {
  name: "envoy.retry_priorities.previous_priorities",
  typed_config: any("envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig", {
    update_frequency: 2,
  }),
};

const byDefault: Message = {
  retry_on: "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
  num_retries: 2,
  retry_host_predicate: previousHosts,
  host_selection_retry_max_attempts: "5",
};

/** @returns undefined if nothing is retried */
export function retryPolicy(retries: Retries | undefined): Message | undefined {
  if (retries === undefined) return byDefault;
  const { attempts = 0, retryOn = "", perTryTimeout, backoff } = retries as Shape;
  if (attempts <= 0) return undefined;
  const { retryIgnorePreviousHosts, retryRemoteLocalities } = retries as Shape;
  const { retry_host_predicate, ...rest } = byDefault;
  return {
    ...rest,
    num_retries: attempts,
    ...(retryIgnorePreviousHosts === false ? {} : { retry_host_predicate }),
    ...(retryOn === "" ? {} : conditions(retryOn)),
    ...(perTryTimeout === undefined ? {} : { per_try_timeout: protobufDuration(perTryTimeout) }),
    ...(retryRemoteLocalities === true ? { retry_priority: otherLocalities } : {}),
    ...(backoff === undefined ? {} : { retry_back_off: { base_interval: protobufDuration(backoff) } }),
  };
}

type Shape = {
  readonly attempts?: number;
  readonly retryOn?: string;
  readonly perTryTimeout?: string;
  readonly retryIgnorePreviousHosts?: boolean;
  readonly retryRemoteLocalities?: boolean;
  readonly backoff?: string;
};

/** Status codes that Go's net/http knows by name, which is how istiod distinguishes them from conditions. */
const statusCodes = /^(10[0-3]|20[0-8]|226|30[0-578]|40\d|41[0-8]|42[1-689]|431|451|50[0-8]|51[01])$/;

/** Status codes may be listed among the conditions. */
function conditions(retryOn: string): Message {
  const parts = retryOn.split(",").map((part) => part.trim());
  const codes = parts.filter((part) => statusCodes.test(part)).map(Number);
  const others = parts.filter((part) => part !== "" && !codes.includes(Number(part)));
  const text = others.join(",");
  // Even if there is nothing before the comma.
  const byCode = codes.length > 0 && !text.includes("retriable-status-codes") ? ",retriable-status-codes" : "";
  return {
    retry_on: `${text}${byCode}`,
    ...(codes.length === 0 ? {} : { retriable_status_codes: codes }),
  };
}
