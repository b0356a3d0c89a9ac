export { createGguiGadget, defineGadgetPackage } from "./authoring.ts";
export { useCamera } from "./camera.ts";
export { useClipboardPaste, useClipboardWrite } from "./clipboard.ts";
export { useFilePicker } from "./file_picker.ts";
export { useGeolocation } from "./geolocation.ts";
export { useMicrophone } from "./microphone.ts";
export { useNotifications } from "./notifications.ts";
export { getPublicEnv } from "./public_env.ts";
