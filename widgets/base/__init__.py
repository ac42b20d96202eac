"""What every screen is made of: tasks, table model, list page, form, editors, workspace, messages."""
