//! What faults on purpose do to the packets of a connection.

use std::sync::Arc;
use std::time::Duration;

use chappe_mtproto::transport::TransportErrorCode;

use super::connection::{Connection, Driver, End, Outgoing, Treatment};
use crate::faults::{Direction, Fault};
use crate::world::World;

/// How long a packet waits for the next one, when the two are to change places.
const REORDER: Duration = Duration::from_secs(1);

/// What a connection remembers for faults; nothing while there are none.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Packets to go out after the next one.
    outgoing: Option<Vec<u8>>,
    incoming: Option<(Vec<u8>, bool)>,
    /// What the client sent last.
    last_incoming: Vec<u8>,
    /// The connection is to end without a word.
    pub(super) ending: bool,
}

/// Has `then` come through the queue of the connection after `wait`.
fn later(world: &Arc<World>, connection: &Arc<Connection>, wait: Duration, then: Outgoing) {
    let (shared, connection) = (Arc::clone(world), Arc::clone(connection));
    world.tasks.spawn(async move {
        if shared.sleep(wait).await {
            connection.enqueue(then);
        }
    });
}

impl Driver {
    fn fault(&self, direction: Direction) -> Option<Fault> {
        let is_user = |user| self.sessions.values().any(|session| session.user() == Some(user));
        self.world.faults.for_packet(direction, self.connection.id.0, is_user)
    }

    /// Sends a packet, unless something goes wrong on purpose.
    pub(super) fn emit(&mut self, mut packet: Vec<u8>, treatment: Treatment) {
        let fault = match treatment {
            Treatment::Usual => self.fault(Direction::Outgoing),
            Treatment::Faulty(fault) => Some(fault),
            Treatment::Late => None,
        };
        match fault {
            None
            | Some(
                Fault::Answer { .. }
                | Fault::ForgeDate(_)
                | Fault::ForgeRead(_)
                | Fault::SaltChange
                | Fault::SwapFile
                | Fault::Truncate(_)
                | Fault::Unreadable,
            ) => self.put(&packet),
            Some(Fault::Drop | Fault::Silence) => {}
            Some(Fault::Duplicate) => {
                self.put(&packet);
                self.put(&packet);
            }
            Some(Fault::Corrupt) => {
                self.world.faults.corrupt(&mut packet);
                self.put(&packet);
            }
            Some(Fault::Reflect) => {
                let echo = std::mem::take(&mut self.memory.last_incoming);
                if !echo.is_empty() {
                    self.put(&echo);
                }
                self.put(&packet);
            }
            Some(Fault::Delay(by)) => {
                later(&self.world, &self.connection, by, Outgoing::Packet(packet, Treatment::Late));
            }
            Some(Fault::Reorder) => {
                if let Some(before) = self.memory.outgoing.replace(packet) {
                    self.put(&before);
                }
                later(&self.world, &self.connection, REORDER, Outgoing::Release);
                return;
            }
            Some(Fault::Disconnect) => self.memory.ending = true,
            Some(Fault::TransportError(code)) => {
                self.refuse(TransportErrorCode(code));
                self.connection.close();
            }
        }
        self.release_outgoing();
    }

    fn release_outgoing(&mut self) {
        if let Some(held) = self.memory.outgoing.take() {
            self.put(&held);
        }
    }

    /// The next packet did not come in time.
    pub(super) async fn release(&mut self) -> Result<(), End> {
        self.release_outgoing();
        match self.memory.incoming.take() {
            Some((packet, quick_ack)) => self.take(packet, quick_ack).await,
            None => Ok(()),
        }
    }

    /// Takes in a packet, unless something goes wrong on purpose.
    pub(super) async fn packet(&mut self, mut packet: Vec<u8>, quick_ack: bool) -> Result<(), End> {
        if self.world.faults.is_idle() && self.memory.incoming.is_none() {
            return self.take(packet, quick_ack).await;
        }
        self.memory.last_incoming.clone_from(&packet);
        match self.fault(Direction::Incoming) {
            None
            | Some(
                Fault::Answer { .. }
                | Fault::ForgeDate(_)
                | Fault::ForgeRead(_)
                | Fault::SwapFile
                | Fault::Truncate(_)
                | Fault::Unreadable,
            ) => {}
            Some(Fault::Drop | Fault::Silence) => return Ok(()),
            Some(Fault::Duplicate) => self.take(packet.clone(), quick_ack).await?,
            Some(Fault::Corrupt) => self.world.faults.corrupt(&mut packet),
            Some(Fault::Reflect) => self.put(&packet),
            Some(Fault::Delay(by)) => {
                later(&self.world, &self.connection, by, Outgoing::Incoming(packet, quick_ack));
                return Ok(());
            }
            Some(Fault::Reorder) => {
                let before = self.memory.incoming.replace((packet, quick_ack));
                later(&self.world, &self.connection, REORDER, Outgoing::Release);
                return match before {
                    Some((before, quick_ack)) => self.take(before, quick_ack).await,
                    None => Ok(()),
                };
            }
            Some(Fault::SaltChange) => self.change_salts(&packet).await,
            Some(Fault::Disconnect) => {
                self.memory.ending = true;
                return Err(End);
            }
            Some(Fault::TransportError(code)) => {
                self.refuse(TransportErrorCode(code));
                return Err(End);
            }
        }
        self.take(packet, quick_ack).await?;
        match self.memory.incoming.take() {
            Some((held, quick_ack)) => self.take(held, quick_ack).await,
            None => Ok(()),
        }
    }

    async fn change_salts(&self, packet: &[u8]) {
        let id = packet.first_chunk().map_or(0, |id| i64::from_le_bytes(*id));
        if let Ok(Some(key)) = self.world.key(id).await {
            key.change_salts(self.world.rng.bytes());
        }
    }
}
