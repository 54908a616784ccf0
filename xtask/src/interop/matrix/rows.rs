//! The scenarios, one row of the matrix each, in the order in which they run.

mod chats;
mod disconnect;
mod files;
mod groups;
mod login;

use super::World;
use super::client::Outcome;
use crate::Result;

pub(super) struct Row {
    pub(super) name: &'static str,
    /// One outcome for each client. An error ends the run.
    pub(super) run: fn(&mut World) -> Result<Vec<Outcome<()>>>,
}

/// Rows in which clients have known defects.
pub(super) const CATCH_UP: &str = "get what was missed meanwhile";
pub(super) const IDLE: &str = "20 idle seconds without reconnecting or polling";

pub(super) const ROWS: &[Row] = &[
    Row { name: "log in by phone, with sign-up", run: login::by_phone },
    Row { name: "set a two-step password", run: login::set_password },
    Row { name: "log in with the password; a wrong one is refused", run: login::with_password },
    Row { name: "log in as a bot; it is written to and answers", run: login::as_a_bot },
    Row { name: "write to each of the others by @username", run: chats::to_each_other },
    Row { name: "get what the others write, as it happens", run: chats::from_each_other },
    Row { name: "reply", run: chats::reply },
    Row { name: "forward", run: chats::forward },
    Row { name: "edit", run: chats::edit },
    Row { name: "delete for both", run: chats::delete },
    Row { name: "read a history", run: chats::history },
    Row { name: "list the chats", run: chats::dialogs },
    Row { name: "upload 20 MB", run: files::upload },
    Row { name: "download 20 MB that another one uploaded", run: files::download },
    Row { name: "make a group, add the others", run: groups::make_groups },
    Row { name: "write in groups, heard by all", run: groups::all_write },
    Row { name: "edit and delete in a group", run: groups::edit_and_delete },
    Row { name: "read the history of a group", run: groups::all_read },
    Row { name: "make a supergroup, invite the others", run: groups::make_supergroups },
    Row { name: "write in supergroups, heard by all", run: groups::all_write },
    Row { name: "edit and delete in a supergroup", run: groups::edit_and_delete },
    Row { name: "read the history of a supergroup", run: groups::all_read },
    Row { name: "make a channel, invite the others", run: groups::make_channels },
    Row { name: "write in the own channel, heard by all, and not in others", run: groups::owners_write },
    Row { name: "edit and delete in a channel", run: groups::edit_and_delete },
    Row { name: "read the history of a channel", run: groups::all_read },
    Row { name: "lose the connection and come back", run: disconnect::come_back },
    Row { name: CATCH_UP, run: disconnect::catch_up },
    Row { name: IDLE, run: disconnect::idle },
    Row { name: "log out", run: login::log_out },
];

/// How long an update may take to arrive.
const SOON: std::time::Duration = std::time::Duration::from_secs(10);

/// The telephone number of the client in column `at`, and its code.
fn number(at: usize) -> (String, String) {
    let digit = at + 1;
    (format!("99966{digit}40{digit}{digit}"), digit.to_string().repeat(5))
}

/// The name by which the others know the client in column `at`.
fn username(at: usize) -> Outcome<String> {
    let stock = super::CLIENTS.get(at).map(|stock| format!("@{}_person", stock.name.to_lowercase()));
    stock.ok_or_else(|| super::Trouble::Failed("there is no such client".to_owned()))
}
