// @ts-check
// The sandbox proxy of MCP Apps: an origin of its own that holds the card's frame and passes messages on, both ways.
// What it is told by the host page: the document, and whether the card may have an origin.
"use strict";

/** @type {HTMLIFrameElement | null} */
let inner = null;

addEventListener("message", (event) => {
  if (event.source === parent) {
    const message = event.data;
    if (message?.method === "ui/notifications/sandbox-resource-ready") show(message.params);
    else inner?.contentWindow?.postMessage(message, "*");
  } else if (inner !== null && event.source === inner.contentWindow) {
    parent.postMessage(event.data, "*");
  }
});

/** @param {{ html: string, sandbox: string, allow: string, title: string }} params */
function show(params) {
  inner = document.createElement("iframe");
  inner.title = params.title;
  inner.setAttribute("sandbox", params.sandbox);
  if (params.allow !== "") inner.allow = params.allow;
  inner.srcdoc = params.html;
  document.body.replaceChildren(inner);
}

parent.postMessage({ jsonrpc: "2.0", method: "ui/notifications/sandbox-proxy-ready", params: {} }, "*");
