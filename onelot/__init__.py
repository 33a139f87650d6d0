"""onelot: release by exception for autologous cell and gene therapies."""

__version__ = "0.1.0"
