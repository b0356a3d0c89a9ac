// A page that behaves as a host of MCP Apps: a sandboxed srcdoc frame, ui/initialize, the tools/call relay.
// What it heard from the view is kept in `window.heard` for the test to look at.
"use strict";

window.heard = [];
let view = null;

async function relay(method, params) {
  const answer = await fetch("/rpc", { method: "POST", body: JSON.stringify({ method, params }) });
  return answer.json();
}

async function answerTo(message) {
  switch (message.method) {
    case "ui/initialize":
      return {
        result: {
          protocolVersion: "2026-01-26",
          hostInfo: { name: "test-host", version: "1" },
          hostCapabilities: { serverTools: {}, message: {}, openLinks: {} },
          hostContext: { theme: "light", locale: "en-GB", displayMode: "inline" },
        },
      };
    case "tools/call":
    case "resources/read":
      return relay(message.method, message.params);
    case "ui/message":
    case "ui/update-model-context":
    case "ui/open-link":
    case "ui/request-display-mode":
      return { result: {} };
    default:
      return { error: { code: -32601, message: "Method not found" } };
  }
}

window.addEventListener("message", async (event) => {
  if (view === null || event.source !== view.contentWindow) return;
  window.heard.push(event.data);
  const message = event.data;
  if (message.jsonrpc !== "2.0" || typeof message.method !== "string" || message.id === undefined) return;
  const answer = await answerTo(message);
  view?.contentWindow?.postMessage({ jsonrpc: "2.0", id: message.id, ...answer }, "*");
});

// Mounts the document of a resource, as it came from resources/read.
window.mount = (html) => {
  view?.remove();
  window.heard = [];
  view = document.createElement("iframe");
  view.title = "card";
  view.setAttribute("sandbox", "allow-scripts allow-forms");
  view.srcdoc = html;
  document.querySelector("#frames").append(view);
};

window.tell = (method, params) => view.contentWindow.postMessage({ jsonrpc: "2.0", method, params }, "*");
