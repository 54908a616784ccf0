//! Rights of administrators and restrictions of members, as the flags that the API gives them.

use chappe_api::types::{ChatAdminRights, ChatBannedRights};
use chappe_tl::{Decode, Encode};

/// Bits of `chatAdminRights`.
pub(crate) mod admin {
    pub(crate) const CHANGE_INFO: i64 = 1;
    pub(crate) const POST: i64 = 1 << 1;
    pub(crate) const EDIT: i64 = 1 << 2;
    pub(crate) const DELETE: i64 = 1 << 3;
    pub(crate) const BAN: i64 = 1 << 4;
    pub(crate) const INVITE: i64 = 1 << 5;
    pub(crate) const PIN: i64 = 1 << 7;
    pub(crate) const ADD_ADMINS: i64 = 1 << 9;
    pub(crate) const ANONYMOUS: i64 = 1 << 10;
    const CALLS: i64 = 1 << 11;
    pub(crate) const OTHER: i64 = 1 << 12;
    /// What a creator has, and what an administrator of a basic group has.
    pub(crate) const ALL: i64 =
        CHANGE_INFO | POST | EDIT | DELETE | BAN | INVITE | PIN | ADD_ADMINS | CALLS | OTHER;
    pub(crate) const BASIC: i64 = CHANGE_INFO | DELETE | BAN | INVITE | PIN | CALLS | OTHER;
}

/// Bits of `chatBannedRights`.
pub(crate) mod banned {
    pub(crate) const VIEW: i64 = 1;
    pub(crate) const SEND: i64 = 1 << 1;
    pub(crate) const MEDIA: i64 = 1 << 2;
    pub(crate) const GIFS: i64 = 1 << 4;
    pub(crate) const CHANGE_INFO: i64 = 1 << 10;
    pub(crate) const INVITE: i64 = 1 << 15;
    pub(crate) const PIN: i64 = 1 << 17;
    pub(crate) const PHOTOS: i64 = 1 << 19;
    pub(crate) const VIDEOS: i64 = 1 << 20;
    pub(crate) const AUDIOS: i64 = 1 << 22;
    pub(crate) const VOICES: i64 = 1 << 23;
    pub(crate) const DOCS: i64 = 1 << 24;
    pub(crate) const PLAIN: i64 = 1 << 25;
}

/// The flags word: it follows the constructor id.
pub(crate) fn flags(object: &impl Encode) -> i64 {
    let bytes = object.to_bytes().unwrap_or_default();
    bytes
        .get(4..8)
        .and_then(|flags| flags.try_into().ok())
        .map_or(0, |flags| i64::from(u32::from_le_bytes(flags)))
}

fn object<T: Decode>(id: u32, bits: i64, rest: &[u8]) -> Option<T> {
    let bits = u32::try_from(bits).ok()?;
    T::from_bytes(&[&id.to_le_bytes(), &bits.to_le_bytes(), rest].concat()).ok()
}

pub(crate) fn admin_bits(rights: &ChatAdminRights) -> i64 {
    flags(rights)
}

pub(crate) fn banned_bits(rights: &ChatBannedRights) -> i64 {
    flags(rights)
}

pub(crate) fn admin_rights(bits: i64) -> Option<ChatAdminRights> {
    object(0x5fb2_24d5, bits, &[])
}

/// `until`: Unix seconds; for ever is the greatest number.
pub(crate) fn banned_rights(bits: i64, until: i64) -> Option<ChatBannedRights> {
    let until = if until == 0 { i32::MAX } else { i32::try_from(until).unwrap_or(i32::MAX) };
    object(0x9f12_0418, bits, &until.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_their_flags() {
        let rights = admin_rights(admin::PIN | admin::BAN).unwrap();
        assert!(rights.pin_messages && rights.ban_users && !rights.add_admins);
        assert_eq!(admin_bits(&rights), admin::PIN | admin::BAN);
        let rights = banned_rights(banned::SEND, 0).unwrap();
        assert!(rights.send_messages && !rights.view_messages && rights.until_date == i32::MAX);
        assert_eq!(banned_bits(&rights), banned::SEND);
    }
}
