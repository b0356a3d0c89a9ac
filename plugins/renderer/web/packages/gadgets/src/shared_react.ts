/** What the built-in gadgets use of React: that of the view, because two copies do not share their state. */
import type * as React from "react";

const react = (globalThis as unknown as { __ggui__: { react: typeof React } }).__ggui__.react;

export const { useCallback, useEffect, useRef, useState } = react;
