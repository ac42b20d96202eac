"""${message}

Revision ${up_revision}, follows ${down_revision or "nothing"}.
"""

${imports if imports else ""}
import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward. There is no way back but the backup made before."""
    ${upgrades if upgrades else "pass"}
