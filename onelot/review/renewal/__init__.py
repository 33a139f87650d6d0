"""Reviews are kept current: a lot whose records changed since its review is reviewed again, by itself."""
