//! Sockets: accepting, finding out what the client speaks, packets in and out.

mod connection;
mod exchange;
mod faulty;
mod listener;
mod stream;
mod websocket;

pub(crate) use connection::{Connection, Origin, Treatment};
pub(crate) use exchange::Parked;
pub(crate) use listener::listen;
