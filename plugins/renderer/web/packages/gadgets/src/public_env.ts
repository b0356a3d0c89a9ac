/**
 * A value that the operator gave this app's gadgets.
 *
 * @throws Error when there is none, unless it is `optional`.
 */
export function getPublicEnv(key: string, options: { readonly optional?: boolean } = {}): string | undefined {
  const shared = (globalThis as { __ggui__?: { publicEnv?: Readonly<Record<string, string>> } }).__ggui__;
  const env = shared?.publicEnv ?? {};
  const value = Object.hasOwn(env, key) ? env[key] : undefined;
  if (value === undefined && options.optional !== true) {
    throw new Error(`The app does not set ${key}. Name it under "requires" of the gadget, and set it in ggui.json#app.publicEnv.`);
  }
  return value;
}
