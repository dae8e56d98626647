"""The demo estate: a simulator of eight country platforms, spoken to over real protocols.

The rest of the product knows nothing of it: it polls plain HTTP addresses that an estate file
names, as it would poll anybody's.
"""
