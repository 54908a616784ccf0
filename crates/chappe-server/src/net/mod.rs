//! Sockets: accepting, finding out what the client speaks, packets in and out.

mod connection;
mod exchange;
mod listener;
mod stream;
mod websocket;

pub(crate) use connection::{Connection, Origin};
pub(crate) use exchange::Parked;
pub(crate) use listener::listen;
