//! The client against a real server, one module for each part of it, in one program: linking many takes longer than running them.
//! `kill` and `log_secrets`, which need a process for themselves, are programs of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

#[path = "../common/mod.rs"]
mod common;

mod answers;
mod auto_traits;
mod bad_input;
mod blocking;
mod bots;
mod cdn;
mod cloud_files;
mod connection;
mod data_centres;
mod dialogs;
mod examples;
mod files;
mod groups;
mod history;
mod invoke;
mod login;
mod login_flows;
mod messages;
mod peers;
mod people;
mod proxies;
mod reconnect;
mod requests;
mod secret_chats;
mod secret_faults;
mod secret_files;
mod secret_opening;
mod secret_sessions;
mod secret_transfers;
mod session_failures;
mod session_stores;
mod session_texts;
mod table;
mod temporary_keys;
mod themes;
mod updates;
mod wss;
