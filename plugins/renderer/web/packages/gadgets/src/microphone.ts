import { available, type GadgetResult } from "./result.ts";
import { ended, useGadget } from "./use_gadget.ts";

export interface MicrophoneOptions {
  readonly mimeType?: string;
}

/** What was said; `durationMs` in milliseconds. */
export interface Recording {
  readonly blob: Blob;
  readonly durationMs: number;
  readonly mimeType: string;
}

/** Record from `start()` until `stop()`. Asks for the permission `microphone`. */
export function useMicrophone(options: MicrophoneOptions = {}): GadgetResult<Recording> {
  return useGadget(async ({ signal, active }) => {
    const devices = available(navigator.mediaDevices as MediaDevices | undefined, "The microphone");
    const stream = await devices.getUserMedia({ audio: true });
    try {
      return await recorded(stream, options.mimeType ?? "audio/webm", signal, () => active());
    } finally {
      for (const track of stream.getTracks()) track.stop();
    }
  });
}

async function recorded(stream: MediaStream, mimeType: string, signal: AbortSignal, begun: () => void): Promise<Recording> {
  const recorder = new MediaRecorder(stream, MediaRecorder.isTypeSupported(mimeType) ? { mimeType } : {});
  const parts: Blob[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const done = new Promise<void>((resolve, reject) => {
    recorder.addEventListener("stop", () => resolve());
    recorder.addEventListener("error", () => reject(new Error("The recording failed.")));
  });
  const since = performance.now();
  recorder.start();
  begun();
  await Promise.race([ended(signal), done]);
  const durationMs = Math.round(performance.now() - since);
  if (recorder.state !== "inactive") recorder.stop();
  await done;
  const type = recorder.mimeType || mimeType;
  return { blob: new Blob(parts, { type }), durationMs, mimeType: type };
}
