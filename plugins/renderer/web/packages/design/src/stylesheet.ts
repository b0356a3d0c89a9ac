import { traitsCss } from "./traits.tsx";
import { tabsCss } from "./tabs.tsx";
import { onDemandCss } from "./on_demand.tsx";
import { iconCss } from "./icon.tsx";
import { avatarCss } from "./avatar.tsx";
import { baseCss } from "./base.ts";
import { buttonCss } from "./button.tsx";
import { choicesCss } from "./choices.tsx";
import { feedbackCss } from "./feedback.tsx";
import { fieldCss } from "./field.tsx";
import { inputsCss } from "./inputs.tsx";
import { layoutCss } from "./layout.tsx";
import { progressCss } from "./progress.tsx";
import { tableCss } from "./table.tsx";
import { textCss } from "./text.tsx";

/** The rules of the whole catalog; every value in them comes from a token. */
export const stylesheet = [
  baseCss,
  layoutCss,
  textCss,
  buttonCss,
  fieldCss,
  inputsCss,
  choicesCss,
  feedbackCss,
  progressCss,
  tableCss,
  traitsCss,
  tabsCss,
  onDemandCss,
  iconCss,
  avatarCss,
].join("");
