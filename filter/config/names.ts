// Defines the forms of the names that the filter's configuration and the user's kinds share.
import { z } from "zod";

/** Bytes of a level's name: it is a header value, a subset suffix and a metric name. */
export const maxLevelName = 32;

export const levelName = z
  .string()
  .max(maxLevelName)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "must be a lower-case DNS label");

/** An HTTP token (RFC 9110, 5.6.2) in lower case, like header names in Envoy. */
export const headerName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, "must be a lower-case HTTP header name");
