/** What the runtime reports of itself; unrelated to the protocol's version. */
export const RUNTIME_VERSION = "0.1.0";

/** The wire version that this runtime speaks, and the only one (spec 01 section 1). */
export const PROTOCOL_VERSION = "draft-2026-08-19";

/** The MCP Apps version of the host conversation. */
export const MCP_APPS_VERSION = "2026-01-26";
