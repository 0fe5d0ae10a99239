"""What every family rests on: errors, argument checks, error groups, budgets. trio and stdlib only."""
