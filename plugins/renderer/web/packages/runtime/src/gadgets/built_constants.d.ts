/** SHA-384 of the script that holds the built-in gadgets, as `integrity` takes it; written in by the build. */
declare const GGUI_STDLIB_INTEGRITY: string;
