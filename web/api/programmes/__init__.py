"""Programmes, sites, acceptance, reconciliation and decisions over ``/api/v1``."""
