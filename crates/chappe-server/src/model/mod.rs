//! How stored things look to a viewer.

pub(crate) mod access;
pub(crate) mod chat;
pub(crate) mod email;
pub(crate) mod file;
pub(crate) mod list_hash;
pub(crate) mod media;
pub(crate) mod note;
pub(crate) mod notify;
pub(crate) mod password;
pub(crate) mod peer;
pub(crate) mod phone;
pub(crate) mod privacy;
pub(crate) mod update;
pub(crate) mod upload;
pub(crate) mod user;
pub(crate) mod username;
