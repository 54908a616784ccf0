//! Scenarios with sessions of both roles.

// Helpers of tests may fail as loudly as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bind;
mod checks_of_client;
mod checks_of_server;
mod hostile;
mod lossy;
mod pair;
mod scenarios;
mod stock_clients;
