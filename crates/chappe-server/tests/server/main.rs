//! What clients meet at the server, one module for each part of it, in one program: linking many takes longer than running them.
//! `hostile` and `shutdown`, which look at their whole process, are programs of their own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::useless_conversion,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;

mod accounts;
mod acting;
mod at_once;
mod away;
mod bots;
mod bounds;
mod cdn;
mod channels;
mod converge;
mod data_centres;
mod devices;
mod faults;
mod files;
mod flood_limits;
mod groups;
mod invites;
mod layers;
mod limits;
mod load;
mod login;
mod login_emails;
mod made_for_tests;
mod media;
mod media_places;
mod members_converge;
mod messages;
mod nodes;
mod observations;
mod opened_media;
mod own_devices;
mod owners;
mod passwords;
mod privacy;
mod profile_photos;
mod profiles;
mod reports;
mod restart;
mod secret_chats;
mod send_encrypted_service_errors;
mod service_messages;
mod snapshot_bytes;
mod snapshots;
mod start_up;
mod takeout;
mod temp_keys;
mod transports;
