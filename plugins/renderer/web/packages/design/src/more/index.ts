/** The part `more` of the catalog: rarely used components, and templates. It loads when one of them is used. */
import { accordionCss } from "./accordion.tsx";
import { autocompleteCss } from "./autocomplete.tsx";
import { dataTableCss } from "./data_table.tsx";
import { dialogsCss } from "./dialogs.tsx";
import { inboxCss } from "./inbox.tsx";
import { markdownCss } from "./markdown.tsx";
import { menuCss } from "./menu.tsx";
import { navigationCss } from "./navigation.tsx";
import { previewCss } from "./preview.tsx";
import { searchFieldCss } from "./search_field.tsx";
import { sliderCss } from "./slider.tsx";
import { talkCss } from "./talk.tsx";
import { templatesCss } from "./templates.tsx";
import { toastCss } from "./toast.tsx";
import { tooltipCss } from "./tooltip.tsx";
import { wayfindingCss } from "./wayfinding.tsx";

export { Accordion } from "./accordion.tsx";
export { Autocomplete } from "./autocomplete.tsx";
export { DataTable } from "./data_table.tsx";
export { CommandPalette, Modal } from "./dialogs.tsx";
export { FileUploader, NotificationCenter } from "./inbox.tsx";
export { Markdown, MarkdownInline, renderRichTextInlines } from "./markdown.tsx";
export { Dropdown, MenuItem } from "./menu.tsx";
export { CardGrid, Footer, Header, Hero, NavigationBar, Sidebar } from "./navigation.tsx";
export { Crossfade, PreviewFragmentEnter, PreviewSurface, StreamingText } from "./preview.tsx";
export { SearchField } from "./search_field.tsx";
export { Slider } from "./slider.tsx";
export { ChatWindow, CommentThread } from "./talk.tsx";
export { Dashboard, ListDetail } from "./templates.tsx";
export { Toast } from "./toast.tsx";
export { Tooltip } from "./tooltip.tsx";
export { Breadcrumb, Pagination, Stepper } from "./wayfinding.tsx";

/** The rules of these components. */
export const css: string = [
  accordionCss,
  autocompleteCss,
  dataTableCss,
  dialogsCss,
  inboxCss,
  markdownCss,
  menuCss,
  navigationCss,
  previewCss,
  searchFieldCss,
  sliderCss,
  talkCss,
  templatesCss,
  toastCss,
  tooltipCss,
  wayfindingCss,
].join("");
