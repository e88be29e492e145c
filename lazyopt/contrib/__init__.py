"""Registrations for libraries that lazyopt does not depend on."""
