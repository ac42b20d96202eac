"""Icons, fonts, translations, styles, help, templates and reference data. Imports nothing of the project."""

from pathlib import Path

FOLDER = Path(__file__).parent
