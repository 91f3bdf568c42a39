"""Numbers, envelopes and their targets, acknowledgements, reports, sending again."""
