"""What a run found, for people and machines: each module draws one form of the same `Verdict`."""
