//! What do we demand of callers? One tower layer that lets a token in at the server that it was issued for, and nowhere else.
