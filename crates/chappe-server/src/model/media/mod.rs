//! Photos, documents and the other things that a message can carry.
//!
//! What is stored with a message is a `MessageMedia` of the newest layer as nobody sees it: access hashes are zero and
//! file references empty. [`resolve`] makes it from what a client sends, [`see()`] fills both in for one viewer. An access
//! hash is the permission to name a medium, a file reference says until when:
//! <https://core.telegram.org/api/file-references>.

mod document;
mod image;
mod input;
mod photo;
mod reference;
mod see;
mod timer;

pub(crate) use input::resolve;
pub(crate) use photo::{find as find_photo, profile_from_upload};
pub(crate) use reference::{Held, check as check_reference};
pub(crate) use see::{Viewer, see};
pub(crate) use timer::{emptied, shown_by, ttl};
