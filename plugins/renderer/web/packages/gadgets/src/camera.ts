import { available, GadgetFault, type GadgetResult } from "./result.ts";
import { useGadget } from "./use_gadget.ts";

/** `facingMode` is the camera of a phone that is wanted; `quality` is 0 to 1 and counts for `image/jpeg` and `image/webp`. */
export interface CameraOptions {
  readonly facingMode?: "user" | "environment";
  readonly mimeType?: string;
  readonly quality?: number;
}

/** A picture; `width` and `height` in pixels. */
export interface Photo {
  readonly dataUrl: string;
  readonly width: number;
  readonly height: number;
  readonly mimeType: string;
}

/** Take one picture with the camera. Asks for the permission `camera`. */
export function useCamera(options: CameraOptions = {}): GadgetResult<Photo> {
  return useGadget(async ({ signal, active }) => {
    const { facingMode = "environment", mimeType = "image/png", quality } = options;
    const devices = available(navigator.mediaDevices as MediaDevices | undefined, "The camera");
    const stream = await devices.getUserMedia({ video: { facingMode } });
    try {
      active();
      return await picture(stream, mimeType, quality, signal);
    } finally {
      for (const track of stream.getTracks()) track.stop();
    }
  });
}

async function picture(stream: MediaStream, mimeType: string, quality: number | undefined, signal: AbortSignal): Promise<Photo> {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  await video.play();
  if (signal.aborted) throw new GadgetFault("aborted", "The picture was called off.");
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  available(canvas.getContext("2d"), "Drawing").drawImage(video, 0, 0);
  video.srcObject = null;
  const dataUrl = canvas.toDataURL(mimeType, quality);
  return { dataUrl, width: canvas.width, height: canvas.height, mimeType: dataUrl.slice(5, dataUrl.indexOf(";")) };
}
