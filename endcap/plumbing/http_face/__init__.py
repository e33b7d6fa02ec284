"""What every HTTP face of ours does alike: limits, strict JSON, problem+json, metrics, headers."""
