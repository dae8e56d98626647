"""A month of changes for the demo, made by the actions at the instants they happened."""

from changes.demo.month import remember as remember
