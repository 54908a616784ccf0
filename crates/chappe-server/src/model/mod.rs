//! How stored things look to a viewer.

pub(crate) mod access;
pub(crate) mod chat;
pub(crate) mod email;
pub(crate) mod file;
pub(crate) mod media;
pub(crate) mod note;
pub(crate) mod password;
pub(crate) mod peer;
pub(crate) mod phone;
pub(crate) mod update;
pub(crate) mod upload;
pub(crate) mod user;
