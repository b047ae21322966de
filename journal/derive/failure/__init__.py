"""Why a run failed: rules that are data, and what weighs their findings against each other."""
