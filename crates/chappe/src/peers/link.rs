use std::fmt;

use super::PeerId;

/// What somebody may type or paste to name a peer or a message.
///
/// ```
/// use chappe::{Link, PeerId};
///
/// let name = |text: &str| Link::Username { name: text.to_owned(), message: None };
/// assert_eq!(Link::parse("@durov"), Some(name("durov")));
/// assert_eq!(Link::parse("https://t.me/durov"), Some(name("durov")));
/// assert_eq!(Link::parse("tg://resolve?domain=durov"), Some(name("durov")));
/// assert_eq!(Link::parse("+999 66 21234"), Some(Link::Phone("9996621234".to_owned())));
/// assert_eq!(Link::parse("t.me/+AbCd1234"), Some(Link::Invite("AbCd1234".to_owned())));
/// let post = Link::Channel { id: 1234, message: Some(5) };
/// assert_eq!(Link::parse("https://t.me/c/1234/5"), Some(post));
/// assert_eq!(Link::parse("tg://user?id=7"), Some(Link::Id(PeerId::User(7))));
/// assert_eq!(Link::parse("what is this?"), None);
/// ```
///
/// Source: <https://core.telegram.org/api/links>
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Link {
    /// A channel or supergroup, for those who are in it, or one of its messages.
    Channel {
        /// The number of the channel.
        id: i64,
        /// The message.
        message: Option<i32>,
    },
    /// A peer by its number.
    Id(PeerId),
    /// An invitation, by the secret part of its link.
    Invite(String),
    /// The user who is logged in.
    Me,
    /// A phone number: digits only.
    Phone(String),
    /// A public name, or a message in the public chat with that name.
    Username {
        /// The name, without `@`.
        name: String,
        /// The message.
        message: Option<i32>,
    },
}

/// Whoever knows the secret part of an invitation may use it: it is left out.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel { id, message } => {
                f.debug_struct("Channel").field("id", id).field("message", message).finish()
            }
            Self::Id(id) => f.debug_tuple("Id").field(id).finish(),
            Self::Invite(_) => f.debug_tuple("Invite").finish_non_exhaustive(),
            Self::Me => f.write_str("Me"),
            Self::Phone(digits) => f.debug_tuple("Phone").field(digits).finish(),
            Self::Username { name, message } => {
                f.debug_struct("Username").field("name", name).field("message", message).finish()
            }
        }
    }
}

/// Hosts whose paths name peers.
const HOSTS: [&str; 3] = ["t.me", "telegram.me", "telegram.dog"];

impl Link {
    /// Reads a link, @username, phone number, marked id (see [`PeerId::marked`]) after `id:`, or `me`. `None` for
    /// anything else.
    ///
    /// ```
    /// use chappe::Link;
    ///
    /// assert_eq!(Link::parse("https://t.me/chappe/17"), Link::parse("tg://resolve?domain=chappe&post=17"));
    /// assert_eq!(Link::parse("+49 30 1234567"), Some(Link::Phone("49301234567".to_owned())));
    /// assert_eq!(Link::parse("me"), Some(Link::Me));
    /// assert_eq!(Link::parse("what is this?"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("me") {
            return Some(Self::Me);
        }
        if let Some(id) = text.strip_prefix("id:") {
            return id.parse().ok().and_then(PeerId::from_marked).map(Self::Id);
        }
        if let Some(name) = text.strip_prefix('@') {
            return Self::username(name, None);
        }
        if let Some(phone) = phone(text) {
            return Some(Self::Phone(phone));
        }
        if let Some(rest) = strip_scheme(text, "tg") {
            return Self::parse_tg(rest.trim_start_matches('/'));
        }
        let web = strip_scheme(text, "https").or_else(|| strip_scheme(text, "http"));
        Self::parse_web(web.map_or(text, |rest| rest.trim_start_matches('/')), web.is_some())
    }

    fn username(name: &str, message: Option<i32>) -> Option<Self> {
        // Names of a few letters are sold and given to bots.
        let fits = (3..=32).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && name.starts_with(|c: char| c.is_ascii_alphabetic());
        fits.then(|| Self::Username { name: name.to_owned(), message })
    }

    /// `resolve?domain=NAME&post=5` and its kin.
    fn parse_tg(rest: &str) -> Option<Self> {
        let (action, query) = rest.split_once('?').unwrap_or((rest, ""));
        let field = |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
                .map(|(_, v)| v)
        };
        match action.trim_end_matches('/') {
            "resolve" => match (field("domain"), field("phone")) {
                (Some(name), _) => Self::username(name, message(field("post"))?),
                (None, Some(digits)) => phone(&format!("+{digits}")).map(Self::Phone),
                (None, None) => None,
            },
            "join" => field("invite").and_then(invite),
            "privatepost" => {
                let id = number(field("channel")?)?;
                Some(Self::Channel { id, message: message(field("post"))? })
            }
            "user" => number(field("id")?).map(|id| Self::Id(PeerId::User(id))),
            _ => None,
        }
    }

    /// A host with a path, or a bare name.
    fn parse_web(rest: &str, has_scheme: bool) -> Option<Self> {
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let mut parts = rest.split('/').filter(|part| !part.is_empty());
        let host = parts.next()?;
        let is = |name: &&str| {
            host.eq_ignore_ascii_case(name) || host.eq_ignore_ascii_case(&format!("www.{name}"))
        };
        if !HOSTS.iter().any(is) {
            // NAME.t.me
            let name = host.len().checked_sub(5).and_then(|at| host.split_at_checked(at));
            return match name {
                Some((name, tail)) if tail.eq_ignore_ascii_case(".t.me") => Self::username(name, None),
                _ if has_scheme || rest.contains('/') => None,
                _ => Self::username(host, None),
            };
        }
        let parts: Vec<_> = parts.collect();
        match parts.as_slice() {
            ["c", id] => Some(Self::Channel { id: number(id)?, message: None }),
            // The one in the middle is a topic.
            ["c", id, post] | ["c", id, _, post] => {
                Some(Self::Channel { id: number(id)?, message: message(Some(post))? })
            }
            ["joinchat", hash] => invite(hash),
            // The preview of a channel in a browser.
            ["s", name] => Self::username(name, None),
            ["s", name, post] => Self::username(name, message(Some(post))?),
            [one] => match one.strip_prefix(['+', ' ']) {
                Some(rest) => phone(&format!("+{rest}")).map(Self::Phone).or_else(|| invite(rest)),
                None => Self::username(one, None),
            },
            [name, post] | [name, _, post] => Self::username(name, message(Some(post))?),
            _ => None,
        }
    }
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = text.split_once(':')?;
    (head.eq_ignore_ascii_case(scheme)).then_some(rest)
}

/// The digits of a number in international form.
fn phone(text: &str) -> Option<String> {
    let is_phone = text.starts_with(|c: char| c == '+' || c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"+ -().".contains(&byte));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (is_phone && (5..=17).contains(&digits.len())).then_some(digits)
}

fn invite(hash: &str) -> Option<Link> {
    let fits = !hash.is_empty()
        && hash.len() <= 64
        && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    fits.then(|| Link::Invite(hash.to_owned()))
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number| *number > 0)
}

/// The number of a message, if there is one. The outer `None` is for something else in its place.
fn message(text: Option<&str>) -> Option<Option<i32>> {
    match text {
        None => Some(None),
        Some(text) => text.parse().ok().filter(|id| *id > 0).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn username(name: &str, message: Option<i32>) -> Option<Link> {
        Some(Link::Username { name: name.to_owned(), message })
    }

    #[test]
    fn all_forms_of_a_public_name() {
        for text in [
            "@chappe",
            "chappe",
            " t.me/chappe ",
            "https://t.me/chappe",
            "HTTPS://T.ME/chappe/",
            "http://telegram.me/chappe?start=abc",
            "https://www.telegram.dog/chappe",
            "https://chappe.t.me",
            "https://t.me/s/chappe",
            "tg://resolve?domain=chappe",
            "tg:resolve?domain=chappe&start=x",
        ] {
            assert_eq!(Link::parse(text), username("chappe", None), "{text}");
        }
    }

    #[test]
    fn links_to_messages() {
        assert_eq!(Link::parse("https://t.me/chappe/42"), username("chappe", Some(42)));
        assert_eq!(Link::parse("https://t.me/chappe/7/42?single"), username("chappe", Some(42)));
        assert_eq!(Link::parse("tg://resolve?domain=chappe&post=42"), username("chappe", Some(42)));
        let private = Some(Link::Channel { id: 99, message: Some(42) });
        assert_eq!(Link::parse("https://t.me/c/99/42"), private);
        assert_eq!(Link::parse("https://t.me/c/99/7/42"), private);
        assert_eq!(Link::parse("tg://privatepost?channel=99&post=42"), private);
    }

    #[test]
    fn invitations_and_numbers() {
        let invite = Some(Link::Invite("AAAA-b_c1".to_owned()));
        for text in ["https://t.me/+AAAA-b_c1", "t.me/joinchat/AAAA-b_c1", "tg://join?invite=AAAA-b_c1"] {
            assert_eq!(Link::parse(text), invite, "{text}");
        }
        let phone = Some(Link::Phone("9996621234".to_owned()));
        for text in
            ["+9996621234", "+999 (66) 21-234", "https://t.me/+9996621234", "tg://resolve?phone=9996621234"]
        {
            assert_eq!(Link::parse(text), phone, "{text}");
        }
        assert_eq!(Link::parse("id:-1000000000005"), Some(Link::Id(PeerId::Channel(5))));
        assert_eq!(Link::parse("me"), Some(Link::Me));
    }

    #[test]
    fn what_names_nobody() {
        for text in [
            "",
            "@",
            "@a",
            "@1abc",
            "two words",
            "https://example.org/chappe",
            "example.org",
            "t.me",
            "t.me/",
            "t.me/chappe/x",
            "t.me/c/x/1",
            "t.me/c/1/-1",
            "tg://settings",
            "id:0",
            "id:x",
            "+12",
        ] {
            assert_eq!(Link::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn anything_can_be_read(text in ".{0,60}") {
            let _ = Link::parse(&text);
        }

        #[test]
        fn anything_after_a_host_can_be_read(text in "(https://t.me/|tg://)[a-z0-9+/?=&-]{0,30}") {
            let _ = Link::parse(&text);
        }
    }
}
