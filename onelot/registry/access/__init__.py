"""How people prove who they are: passwords, second factors, single sign-on, locks, sessions (21 CFR 11.200, 11.300)."""
