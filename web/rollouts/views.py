"""Every screen of roll-outs, registered on its blueprint."""

from web.rollouts import acts as acts
from web.rollouts import features as features
from web.rollouts import page as page
from web.rollouts import plan as plan
from web.rollouts.blueprint import rollouts as rollouts
