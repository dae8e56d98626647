"""The correlator: takes what changed at alerts, and makes incidents agree with what fails."""

from incidents.correlator.turn import turn as turn
