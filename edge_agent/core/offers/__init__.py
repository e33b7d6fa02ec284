"""What to offer a shopper, and why: sources of candidates, likeness, diets, rules, learning."""
