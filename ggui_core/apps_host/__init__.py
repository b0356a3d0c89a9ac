"""An emulator of the hosts that show cards: a page that behaves as one, with every known quirk as a switch.

Real hosts differ in what they let a card do (spec 08). ``ggui dev host`` serves this page to a person, and the fixture
``mcp_app_host`` of ``ggui-core[testing]`` serves the same one to tests. It knows MCP and MCP Apps only: whatever
speaks those can be looked at in it.
"""

from ggui_core.apps_host.server import AppsHost, Relayed, serving
from ggui_core.apps_host.switches import DEFAULT, SWITCHES, Switch, UnknownSwitch, switched

__all__ = ["DEFAULT", "SWITCHES", "AppsHost", "Relayed", "Switch", "UnknownSwitch", "serving", "switched"]
