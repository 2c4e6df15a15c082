"""VLMiniWorld/*: first-person navigation in the worlds of MiniWorld (Chevalier-Boisvert 2018)."""
