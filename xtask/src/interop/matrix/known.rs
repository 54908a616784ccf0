//! What is wrong with the clients themselves, so that a cell of the matrix is no yes. Each is explained in `docs/clients.md`.

use super::Cell;
use super::client::Trouble;
use super::rows::{CATCH_UP, IDLE};

struct Defect {
    client: &'static str,
    row: &'static str,
    /// As it stands under the table.
    why: &'static str,
}

const DEFECTS: &[Defect] = &[
    Defect {
        client: "GramJS",
        row: CATCH_UP,
        why: "it never asks for what it missed (its `catchUp` is empty): read the history after a reconnection",
    },
    Defect {
        client: "mtcute",
        row: IDLE,
        why: "it tells the server to close the connection after 7 s without a ping, and sends none while idle: it comes back \
              every 7 s, and misses nothing",
    },
];

/// A failure that is known becomes what the table says about it; one that has gone is a failure.
pub(super) fn judge(client: &str, row: &str, cell: Cell) -> Cell {
    match (cell, DEFECTS.iter().find(|defect| defect.client == client && defect.row == row)) {
        (Err(Trouble::Failed(_)), Some(defect)) => Err(Trouble::Cannot(defect.why.to_owned())),
        (Ok(_), Some(defect)) => Err(Trouble::Failed(format!("passes, though {}", defect.why))),
        (cell, _) => cell,
    }
}
