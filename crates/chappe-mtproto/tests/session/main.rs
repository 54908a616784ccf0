//! Scenarios with sessions of both roles.

mod hostile;
mod lossy;
mod pair;
mod scenarios;
