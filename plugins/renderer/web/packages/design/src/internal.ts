/** What the parts that load on demand share with the runtime's own part of the catalog; not for components. */
export { Close, StatusIcon } from "./feedback.tsx";
export { Field, useField, type FieldTexts } from "./field.tsx";
export { bytesText, isRightToLeft, locale, momentText, numberText } from "./locale.ts";
export { classes, space, type Status } from "./scales.ts";
export { styles } from "./styled.ts";
export { safeHref } from "./text.tsx";
export { WORDS } from "./words.ts";
