//! Factoring.
