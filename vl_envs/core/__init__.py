"""What every environment family stands on."""
