"""How other systems write the actions of a screen: dialects beside those of every environment."""

from vl_envs.core.parser import DIALECTS, Parser
from vl_envs.gui.dialects.androidworld import AndroidWorldParser
from vl_envs.gui.dialects.gelab import GELabParser
from vl_envs.gui.dialects.osworld import OSWorldParser
from vl_envs.gui.dialects.uitars import UITarsParser

GUI_DIALECTS: dict[str, type[Parser]] = {
    **DIALECTS,
    GELabParser.name: GELabParser,
    UITarsParser.name: UITarsParser,
    AndroidWorldParser.name: AndroidWorldParser,
    OSWorldParser.name: OSWorldParser,
}
"""Name -> parser: the three core dialects and the four of this package."""
