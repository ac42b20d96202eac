"""Editors: one per kind of value (services.entity.Kind), all with the protocol of ``Editor``.

May import services and widgets/base.
"""

from widgets.base.editors.base import Editor, LineEditor
from widgets.base.editors.make import make_editor, precision
from widgets.base.editors.popup import Option, PickPopup
from widgets.base.editors.reference import ReferenceEditor

__all__ = ["Editor", "LineEditor", "Option", "PickPopup", "ReferenceEditor", "make_editor", "precision"]
