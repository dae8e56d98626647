"""Every screen of programmes, registered on its blueprint."""

from web.programmes.blueprint import programmes as programmes
