"""The commands of identity, by subject; ``onelot.identity.service`` puts them together. Nothing else appends its
events."""
