"""Quality: score-cards, evaluations, calibrations, samples, surveys, figures of them."""
