"""`VLCards`: number line, points games and blackjack, after the Gym-Cards of RL4VLM."""
