//! Mail addresses.

use crate::limits::EMAIL_LEN;

/// The address as stored; `None` if it cannot be one.
pub(crate) fn normalise(address: &str) -> Option<String> {
    let address = address.trim();
    let (local, domain) = address.rsplit_once('@')?;
    let plain = |text: &str| text.chars().all(|char| !char.is_whitespace() && !char.is_control());
    let dotted = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    let fits = !local.is_empty() && !local.contains('@') && address.len() <= EMAIL_LEN;
    (fits && dotted && plain(local) && plain(domain)).then(|| address.to_lowercase())
}

/// The address as it is shown to somebody who may not be its owner: `a***e@example.org`.
pub(crate) fn pattern(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let mut chars = local.chars();
    let first: String = chars.next().into_iter().collect();
    let last: String = chars.next_back().filter(|_| local.chars().count() > 3).into_iter().collect();
    format!("{first}***{last}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognised() {
        assert_eq!(normalise(" Alice@Example.org ").as_deref(), Some("alice@example.org"));
        let long = format!("{}@example.org", "a".repeat(EMAIL_LEN));
        for wrong in
            ["", "@", "alice", "alice@", "@example.org", "a b@example.org", "a@b@c.d", "a@b", "a@.b", &long]
        {
            assert_eq!(normalise(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn patterns_do_not_tell_the_name() {
        assert_eq!(pattern("alice@example.org"), "a***e@example.org");
        assert_eq!(pattern("bob@example.org"), "b***@example.org");
        assert_eq!(pattern("b@example.org"), "b***@example.org");
    }
}
