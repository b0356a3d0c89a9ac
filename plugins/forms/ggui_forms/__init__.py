"""The keyless generator: a component for any contract, from the contract alone."""
