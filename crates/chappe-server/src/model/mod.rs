//! How stored things look to a viewer.

pub(crate) mod access;
pub(crate) mod chat;
pub(crate) mod dialog;
pub(crate) mod email;
pub(crate) mod entities;
pub(crate) mod eyes;
pub(crate) mod file;
pub(crate) mod group;
pub(crate) mod group_photo;
#[allow(dead_code, reason = "channels are on their way")]
pub(crate) mod invite;
pub(crate) mod list_hash;
pub(crate) mod mail;
pub(crate) mod media;
pub(crate) mod message;
pub(crate) mod note;
pub(crate) mod notify;
#[allow(dead_code, reason = "channels are on their way")]
pub(crate) mod participants;
pub(crate) mod password;
pub(crate) mod peer;
pub(crate) mod peer_id;
pub(crate) mod phone;
pub(crate) mod post;
pub(crate) mod privacy;
#[allow(dead_code, reason = "channels are on their way")]
pub(crate) mod rights;
pub(crate) mod target;
pub(crate) mod update;
pub(crate) mod upload;
pub(crate) mod user;
pub(crate) mod username;
