/** The sign-in page that other pages link to: `/admin-login?next=/some/page`. */

import { facts } from "./facts";
import { TokenForm } from "./token_form";

// The server admits only paths of this site as `next`.
new TokenForm(() => location.assign(facts().next));
