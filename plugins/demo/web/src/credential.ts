/** The key of this page's agent: paired when it is first needed, kept in memory only, revoked when the page goes. */

import { type Reply, pair, revokeOnLeave, startPairing } from "./api";

const DEVICE = "Try it";

export class Credential {
  private held: { pairingId: string; token: string } | null = null;
  private pairing: Promise<Reply<string>> | null = null;

  /** @param needed false on a server that asks nobody who calls */
  constructor(private readonly needed: boolean) {
    addEventListener("pagehide", () => void this.giveUp());
  }

  /** The bearer, or null where none is needed; pairs this page as a device if it has none yet. */
  async bearer(): Promise<Reply<string | null>> {
    if (!this.needed) return { ok: true, value: null };
    if (this.held !== null) return { ok: true, value: this.held.token };
    // Whoever is in a hurry and presses twice gets one device, not two.
    this.pairing ??= this.pair().finally(() => (this.pairing = null));
    return await this.pairing;
  }

  /** The server refused it: somebody revoked this device. */
  forget(): void {
    this.held = null;
  }

  /** Revoke the device; the request outlives the page. */
  async giveUp(): Promise<void> {
    const held = this.held;
    this.held = null;
    if (held !== null) await revokeOnLeave(held.pairingId);
  }

  private async pair(): Promise<Reply<string>> {
    const code = await startPairing();
    if (!code.ok) return code;
    const paired = await pair(code.value.code, DEVICE);
    if (!paired.ok) return paired;
    this.held = paired.value;
    return { ok: true, value: paired.value.token };
  }
}
