//! The error that a server answers a call with.

use std::fmt;
use std::time::Duration;

use chappe_api::errors::KnownError;
use chappe_tl::{EncodeError, Writer};

use super::service::ids;

/// An `rpc_error`, its text split into a name and a number: `FLOOD_WAIT_31` is the name `FLOOD_WAIT` and the argument
/// 31, `FILE_REFERENCE_2_EXPIRED` the name `FILE_REFERENCE_X_EXPIRED` and the argument 2.
///
/// ```
/// use chappe_mtproto::rpc::RpcError;
/// use std::time::Duration;
///
/// let error = RpcError::new(420, "FLOOD_WAIT_31");
/// assert_eq!((error.name.as_str(), error.argument), ("FLOOD_WAIT", Some(31)));
/// assert_eq!(error.flood_wait(), Some(Duration::from_secs(31)));
/// assert_eq!(error.text(), "FLOOD_WAIT_31");
/// ```
///
/// Source: <https://core.telegram.org/api/errors>
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RpcError {
    /// The code, like those of HTTP.
    pub code: i32,
    /// The name, without its number. `X` stands for a number inside the name; one at the end is left out.
    pub name: String,
    /// The number in the text.
    pub argument: Option<i64>,
}

impl RpcError {
    /// From the code and the server's text.
    pub fn new(code: i32, text: &str) -> Self {
        let parts: Vec<&str> = text.split('_').collect();
        let number = |part: &str| {
            let digits =
                !part.is_empty() && part.len() <= 18 && part.bytes().all(|byte| byte.is_ascii_digit());
            // A number with leading zeros would not come back the same: it stays part of the name.
            let canonical = part == "0" || !part.starts_with('0');
            (digits && canonical).then(|| part.parse::<i64>().ok()).flatten()
        };
        // The first part is a word even if it begins with a digit (2FA_CONFIRM_WAIT_5).
        let found = parts.iter().enumerate().skip(1).find_map(|(at, part)| Some((at, number(part)?)));
        let Some((at, argument)) = found else {
            return Self { code, name: text.to_owned(), argument: None };
        };
        let (before, after) = (parts.get(..at).unwrap_or_default(), parts.get(at + 1..).unwrap_or_default());
        let mut name = before.join("_");
        if !after.is_empty() {
            name.push_str("_X_");
            name.push_str(&after.join("_"));
        }
        let error = Self { code, name, argument: Some(argument) };
        // Whatever cannot be put together again stays in one piece.
        if error.text() == text { error } else { Self { code, name: text.to_owned(), argument: None } }
    }

    /// The server's words: name and argument joined again.
    pub fn text(&self) -> String {
        let Some(argument) = self.argument else { return self.name.clone() };
        match self.name.split_once("_X_") {
            Some((before, after)) => format!("{before}_{argument}_{after}"),
            None => format!("{}_{argument}", self.name),
        }
    }

    /// The error as one of those that are known, with its number, what it means and what to do about it. `None` for one that
    /// came with a later layer.
    ///
    /// ```
    /// use chappe_api::errors::KnownError;
    /// use chappe_mtproto::rpc::RpcError;
    ///
    /// let error = RpcError::new(420, "SLOWMODE_WAIT_12");
    /// assert_eq!(error.known(), Some(KnownError::SlowmodeWait(12)));
    /// ```
    pub fn known(&self) -> Option<KnownError> {
        KnownError::parse(&self.text())
    }

    /// Whether the name is this one. Names decide: the same name comes with different codes.
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// How long to wait before the call may be repeated: `FLOOD_WAIT_X`, `FLOOD_PREMIUM_WAIT_X`, `SLOWMODE_WAIT_X` and
    /// the like. At least one second.
    pub fn flood_wait(&self) -> Option<Duration> {
        let waits =
            ["FLOOD_WAIT", "FLOOD_PREMIUM_WAIT", "SLOWMODE_WAIT", "TAKEOUT_INIT_DELAY", "2FA_CONFIRM_WAIT"];
        if !waits.contains(&self.name.as_str()) {
            return None;
        }
        Some(Duration::from_secs(u64::try_from(self.argument?).ok()?.max(1)))
    }

    /// The data centre that the account lives in (`PHONE_MIGRATE_X`, `NETWORK_MIGRATE_X`, `USER_MIGRATE_X`): go
    /// there for good.
    pub fn migrate_to(&self) -> Option<i32> {
        self.dc(&["PHONE_MIGRATE", "NETWORK_MIGRATE", "USER_MIGRATE"])
    }

    /// The data centre to which this one call belongs (`FILE_MIGRATE_X`, `STATS_MIGRATE_X`).
    pub fn redirect_to(&self) -> Option<i32> {
        self.dc(&["FILE_MIGRATE", "STATS_MIGRATE"])
    }

    fn dc(&self, names: &[&str]) -> Option<i32> {
        if !names.contains(&self.name.as_str()) {
            return None;
        }
        i32::try_from(self.argument?).ok().filter(|dc| *dc > 0)
    }

    /// Whether the authorization is gone: log in again. Not so for `SESSION_PASSWORD_NEEDED` and
    /// `AUTH_KEY_PERM_EMPTY`, which are steps of a login.
    pub fn is_auth(&self) -> bool {
        match self.code {
            401 => !self.is("SESSION_PASSWORD_NEEDED") && !self.is("AUTH_KEY_PERM_EMPTY"),
            _ => self.is("AUTH_KEY_DUPLICATED"),
        }
    }

    /// Whether the second step of the login is due.
    pub fn is_password_needed(&self) -> bool {
        self.is("SESSION_PASSWORD_NEEDED")
    }

    /// Whether the call has to be repeated inside `invokeWithLayer(initConnection(..))`.
    pub fn is_not_inited(&self) -> bool {
        self.is("CONNECTION_NOT_INITED") || self.is("CONNECTION_LAYER_INVALID")
    }

    /// Whether a temporary key has to be bound first.
    pub fn is_unbound_key(&self) -> bool {
        self.is("AUTH_KEY_PERM_EMPTY")
    }

    /// Whether the server is in trouble and the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        self.code < 0 || (self.code == 500 && !self.is("MSG_WAIT_FAILED"))
    }

    /// Whether a call failed that this one was to be executed after.
    pub fn is_predecessor_failed(&self) -> bool {
        self.is("MSG_WAIT_FAILED")
    }

    /// Whether the calls that this one was to be executed after did not finish in time: repeat it.
    pub fn is_predecessor_slow(&self) -> bool {
        self.is("MSG_WAIT_TIMEOUT")
    }

    /// As `rpc_error#2144ca19 error_code:int error_message:string = RpcError`.
    ///
    /// # Errors
    /// The text is 16 MiB long.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new();
        writer.u32(ids::RPC_ERROR);
        writer.i32(self.code);
        writer.bytes(self.text().as_bytes());
        writer.finish()
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text())
    }
}

impl std::error::Error for RpcError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_split_and_join_again() {
        for (text, name, argument) in [
            ("FLOOD_WAIT_31", "FLOOD_WAIT", Some(31)),
            ("FILE_REFERENCE_2_EXPIRED", "FILE_REFERENCE_X_EXPIRED", Some(2)),
            ("FILE_PART_0_MISSING", "FILE_PART_X_MISSING", Some(0)),
            ("EMAIL_UNCONFIRMED_6", "EMAIL_UNCONFIRMED", Some(6)),
            ("2FA_CONFIRM_WAIT_604800", "2FA_CONFIRM_WAIT", Some(604_800)),
            ("INTERDC_3_CALL_ERROR", "INTERDC_X_CALL_ERROR", Some(3)),
            ("CHAT_ID_INVALID", "CHAT_ID_INVALID", None),
            ("INPUT_METHOD_INVALID_1192227_X", "INPUT_METHOD_INVALID_X_X", Some(1_192_227)),
            ("WAIT_007", "WAIT_007", None),
            ("NUMBER_99999999999999999999", "NUMBER_99999999999999999999", None),
            ("Timeout", "Timeout", None),
            ("", "", None),
            ("_", "_", None),
            ("A_X_B_5", "A_X_B_5", None),
        ] {
            let error = RpcError::new(400, text);
            assert_eq!((error.name.as_str(), error.argument), (name, argument), "{text}");
            assert_eq!(error.text(), text);
        }
    }

    #[test]
    fn predicates_follow_the_name() {
        assert_eq!(RpcError::new(420, "FLOOD_WAIT_0").flood_wait(), Some(Duration::from_secs(1)));
        assert_eq!(RpcError::new(303, "USER_MIGRATE_4").migrate_to(), Some(4));
        assert_eq!(RpcError::new(303, "FILE_MIGRATE_4").migrate_to(), None);
        assert_eq!(RpcError::new(303, "FILE_MIGRATE_4").redirect_to(), Some(4));
        assert!(RpcError::new(401, "AUTH_KEY_UNREGISTERED").is_auth());
        assert!(RpcError::new(406, "AUTH_KEY_DUPLICATED").is_auth());
        assert!(!RpcError::new(401, "SESSION_PASSWORD_NEEDED").is_auth());
        assert!(RpcError::new(-503, "Timeout").is_transient());
        assert!(!RpcError::new(500, "MSG_WAIT_FAILED").is_transient());
    }
}
