//! Invite links: how they look, and what is in them.
//!
//! Source: <https://core.telegram.org/api/invites>

use chappe_api::types;

use crate::random::SharedRng;
use crate::store::InviteRow;

/// What stands before the hash in links that we make.
const LINK: &str = "https://t.me/+";

/// Uses of a link that may be counted down.
pub(crate) const MAX_USES: i32 = 99_999;
/// Longest title of a link, in characters.
pub(crate) const TITLE_LEN: usize = 32;
/// What hashes are made of: 16 of these are 96 bits.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A hash that nobody guesses.
pub(crate) fn hash(rng: &SharedRng) -> String {
    let letter = |byte: u8| ALPHABET.get(usize::from(byte % 64)).copied().map_or('A', char::from);
    rng.bytes::<16>().into_iter().map(letter).collect()
}

/// Whether this can be a hash.
pub(crate) fn is_hash(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// The hash in a link, or the hash itself.
pub(crate) fn hash_of(link: &str) -> &str {
    let last = link.trim().trim_end_matches('/').rsplit(['/', '=']).next().unwrap_or("");
    last.trim_start_matches('+')
}

/// A link as its administrators see it.
pub(crate) fn see(row: &InviteRow) -> types::ChatInviteExported {
    let int = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let some = |value: i64| (value != 0).then(|| int(value));
    types::ChatInviteExported {
        revoked: row.revoked,
        permanent: row.permanent,
        request_needed: row.request_needed,
        link: format!("{LINK}{}", row.hash),
        admin_id: row.admin,
        date: int(row.date),
        start_date: None,
        expire_date: some(row.expire_date),
        usage_limit: some(row.usage_limit),
        usage: some(row.uses),
        requested: some(row.requested),
        subscription_expired: None,
        title: (!row.title.is_empty()).then(|| row.title.clone()),
        subscription_pricing: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_found_in_every_kind_of_link() {
        for link in ["abc", "+abc", "https://t.me/+abc", "t.me/joinchat/abc/", "tg://join?invite=abc"] {
            assert_eq!(hash_of(link), "abc", "{link}");
        }
    }
}
