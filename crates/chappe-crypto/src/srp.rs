//! SRP.
