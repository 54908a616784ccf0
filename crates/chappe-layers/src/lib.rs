//! Turns newest-layer bytes into the bytes of an older API layer and back.
