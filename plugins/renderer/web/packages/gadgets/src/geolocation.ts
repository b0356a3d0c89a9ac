import { available, GadgetFault, type GadgetErrorCode, type GadgetResult } from "./result.ts";
import { ended, useGadget } from "./use_gadget.ts";

/** `watch` follows the person until `stop()`; `maximumAge` and `timeout` in milliseconds. */
export interface GeolocationOptions {
  readonly watch?: boolean;
  readonly enableHighAccuracy?: boolean;
  readonly maximumAge?: number;
  readonly timeout?: number;
}

/** Degrees, and metres where `accuracy` and `altitude` are. */
export interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
  readonly accuracy: number;
  readonly altitude: number | null;
  readonly heading: number | null;
  readonly speed: number | null;
  readonly timestamp: number;
}

const CODES: Readonly<Record<number, GadgetErrorCode>> = { 1: "permission_denied", 2: "unknown", 3: "timeout" };

/** Where the person is, once or from then on. Asks for the permission `geolocation`. */
export function useGeolocation(options: GeolocationOptions = {}): GadgetResult<Coordinates> {
  return useGadget(async ({ signal, active }) => {
    const places = available(navigator.geolocation as Geolocation | undefined, "The location");
    const { watch = false, enableHighAccuracy = false, maximumAge = 0, timeout = Infinity } = options;
    const settings = { enableHighAccuracy, maximumAge, timeout };
    if (!watch) {
      return new Promise<Coordinates>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new GadgetFault("aborted", "The question was called off.")), { once: true });
        places.getCurrentPosition((position) => resolve(plain(position)), (error) => reject(fault(error)), settings);
      });
    }
    let last: Coordinates | undefined;
    let watching = 0;
    const failed = new Promise<never>((_, reject) => {
      const found = (position: GeolocationPosition): void => {
        last = plain(position);
        active(last);
      };
      watching = places.watchPosition(found, (error) => reject(fault(error)), settings);
    });
    try {
      await Promise.race([ended(signal), failed]);
    } finally {
      places.clearWatch(watching);
    }
    return last;
  });
}

function plain({ coords, timestamp }: GeolocationPosition): Coordinates {
  const { latitude, longitude, accuracy, altitude, heading, speed } = coords;
  return { latitude, longitude, accuracy, altitude, heading, speed, timestamp };
}

function fault(error: GeolocationPositionError): GadgetFault {
  return new GadgetFault(CODES[error.code] ?? "unknown", error.message || "The location could not be found.");
}
