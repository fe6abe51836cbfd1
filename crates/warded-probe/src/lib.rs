//! Does this live server check audiences? Attacks with genuine tokens, and a verdict for each.
