//! People: contacts, members of groups, profiles.
//!
//! | to | use |
//! |---|---|
//! | keep contacts | [`Client::contacts`](crate::Client::contacts) and its kin |
//! | list the members of a group or channel | [`Client::participants`](crate::Client::participants) |
//! | change the own profile | [`Client::update_profile`](crate::Client::update_profile) |
//! | block somebody | [`Client::block`](crate::Client::block) |
//! | show that somebody is typing | [`Client::set_typing`](crate::Client::set_typing) |
//!
//! Source: <https://core.telegram.org/api/contacts>, <https://core.telegram.org/api/channel>

mod blocked;
mod contacts;
mod participant;
mod participants;
mod profile;
mod typing;

pub use contacts::NewContact;
pub use participant::{Participant, Role};
pub use participants::Participants;
pub use profile::UpdateProfile;
