"""Apps for `VLGui/Navigate`: graphs, screens, how they are laid out and drawn, what is asked."""
