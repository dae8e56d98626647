"""Every screen of roll-outs, registered on its blueprint."""

from web.rollouts.blueprint import rollouts as rollouts
