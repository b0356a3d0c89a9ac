/** The landing page: puts its parts together. */

import { enableCopyButtons } from "./clipboard";
import { Connect } from "./connect";
import { Devices } from "./devices";
import { element } from "./dom";
import { baseUrl, facts } from "./facts";
import { PairingCodePanel } from "./pairing_code";
import { ServerState } from "./server_state";
import { Session } from "./session";
import { endpoint } from "./snippets";

const known = facts();
const base = baseUrl(known);

element("endpoint", HTMLElement).textContent = endpoint({ baseUrl: base });
enableCopyButtons();
new ServerState(known);

const session = new Session(known.session, !known.devAllowAll, {
  refuge: element("start-pairing", HTMLButtonElement),
});
let onKey = (): void => undefined;
if (known.pairing) {
  const devices = new Devices(session);
  const panel = new PairingCodePanel(session, devices, base);
  onKey = () => {
    panel.replaced();
    void devices.refresh();
  };
}
new Connect(
  session,
  { baseUrl: base, keyNeeded: !known.devAllowAll, oauth: known.oauth },
  known.pairing,
  () => onKey(),
);
