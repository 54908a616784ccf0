//! Faults as they are written in world files and requests.

use std::time::Duration;

use chappe_server::{Account, Direction, Fault, FaultHandle, FaultRule, Faults, Match};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest delay and flood wait, in seconds.
const MAX_SECONDS: f64 = 31_536_000.0;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// The call is answered with `code` and `error`, and not executed.
    Answer,
    /// One bit of the packet is another one.
    Corrupt,
    /// The packet, or the execution of the call, comes `seconds` later; later packets overtake.
    Delay,
    /// The connection ends instead of the packet.
    Disconnect,
    /// The packet is lost.
    Drop,
    /// The packet comes twice.
    Duplicate,
    /// The call is answered with `420 FLOOD_WAIT_seconds`, and not executed.
    FloodWait,
    /// The message of a secret chat comes with a date that is `seconds` later, or earlier.
    ForgeDate,
    /// Who wrote the message of a secret chat is told that everything was read up to `seconds` from its date on.
    ForgeRead,
    /// Before the packet, the client gets back what it sent last. Who wrote a secret message gets it as if it came from
    /// the other side, which gets it, too.
    Reflect,
    /// The packet comes after the next one, or a second later.
    Reorder,
    /// The salts of the client's key are other ones from now on.
    SaltChange,
    /// The call is neither executed nor answered; a packet is lost.
    Silence,
    /// The message of a secret chat comes with the file of another one of its chat, or without any.
    SwapFile,
    /// The connection ends with the transport error `code`, such as -404, instead of the packet.
    TransportError,
    /// `bytes` are missing at the end of the message of a secret chat.
    Truncate,
    /// The call is executed, and answered with an object that no schema knows.
    Unreadable,
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Way {
    /// From client to server.
    Incoming,
    /// From server to client.
    #[default]
    Outgoing,
}

/// An account, by the name under which the test knows it or by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum UserRef {
    /// By id.
    Id(i64),
    /// By name.
    Name(String),
}

/// A rule: what goes wrong, for whom and how often. Of several rules that fit, the first one acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultSpec {
    /// What goes wrong.
    pub fault: FaultKind,
    /// Only calls of this method, such as `messages.sendMessage`, or of all that begin so: `messages.*`. Without it the
    /// rule looks at packets, unless the fault is an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only what this account does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserRef>,
    /// Only what happens on the connection of this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<u64>,
    /// Neither packets nor calls, but the messages of the secret chat of this number, or of all with 0. `user` is who
    /// wrote them, `method` what they were sent by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_chat: Option<i32>,
    /// Which packets it looks at.
    #[serde(default)]
    pub direction: Way,
    /// How many pass first.
    #[serde(default)]
    pub after: u64,
    /// How often it acts at most; again and again if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How likely it acts, from 0 to 1; 1 if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Of `answer` and `transport_error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The text of `answer`, such as `PEER_ID_INVALID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Of `delay` and `flood_wait`; of `forge_date` and `forge_read`, where they may be negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Of `truncate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
}

impl FaultSpec {
    /// The fault itself.
    ///
    /// # Errors
    /// What is missing, too much or out of range, and what to write instead.
    pub(crate) fn fault(&self) -> Result<Fault, String> {
        use FaultKind::{
            Answer, Delay, Disconnect, FloodWait, ForgeDate, ForgeRead, SaltChange, TransportError, Truncate,
            Unreadable,
        };
        let kind = self.fault;
        let takes = |name: &str, given: bool, by: &[FaultKind]| match (given, by.contains(&kind)) {
            (true, false) => Err(format!("`{name}` means nothing for this fault: leave it out")),
            (false, true) => Err(format!("this fault needs `{name}`")),
            _ => Ok(()),
        };
        takes("code", self.code.is_some(), &[Answer, TransportError])?;
        takes("error", self.error.is_some(), &[Answer])?;
        takes("seconds", self.seconds.is_some(), &[Delay, FloodWait, ForgeDate, ForgeRead])?;
        takes("bytes", self.bytes.is_some(), &[Truncate])?;
        if self.secret_chat.is_some() {
            if [Answer, Disconnect, FloodWait, SaltChange, TransportError, Unreadable].contains(&kind) {
                return Err("`secret_chat` means nothing for this fault: leave it out".into());
            }
            if self.connection.is_some() {
                return Err(
                    "messages of a secret chat know of no `connection`: leave one of the two out".into()
                );
            }
        }
        if self.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err("`probability` is a number from 0 to 1".into());
        }
        if let Some(method) = self.method.as_deref() {
            check_method(method)?;
        }
        let code = self.code.unwrap_or_default();
        let seconds = self.seconds.unwrap_or_default();
        let least = if matches!(kind, ForgeDate | ForgeRead) { -MAX_SECONDS } else { 0.0 };
        if !(least..=MAX_SECONDS).contains(&seconds) {
            return Err(format!("`seconds` is a number from {least} to 31536000, a year"));
        }
        Ok(match kind {
            Answer => Fault::Answer { code, text: self.error.clone().unwrap_or_default() },
            FaultKind::Corrupt => Fault::Corrupt,
            Delay => Fault::Delay(Duration::from_secs_f64(seconds)),
            Disconnect => Fault::Disconnect,
            FaultKind::Drop => Fault::Drop,
            FaultKind::Duplicate => Fault::Duplicate,
            FloodWait => Fault::Answer { code: 420, text: format!("FLOOD_WAIT_{:.0}", seconds.ceil()) },
            // A float is cut to what fits.
            ForgeDate => Fault::ForgeDate(seconds as i32),
            ForgeRead => Fault::ForgeRead(seconds as i32),
            FaultKind::Reflect => Fault::Reflect,
            FaultKind::Reorder => Fault::Reorder,
            SaltChange => Fault::SaltChange,
            FaultKind::Silence => Fault::Silence,
            FaultKind::SwapFile => Fault::SwapFile,
            TransportError => Fault::TransportError(code),
            Truncate => Fault::Truncate(self.bytes.unwrap_or_default()),
            Unreadable => Fault::Unreadable,
        })
    }

    /// Sets the rule up.
    ///
    /// # Errors
    /// As for [`FaultSpec::fault`]; or nobody has the name.
    pub(crate) fn apply(&self, faults: &Faults, accounts: &[Account]) -> Result<FaultHandle, String> {
        let fault = self.fault()?;
        let mut target = self.method.as_ref().map_or_else(Match::any, Match::method);
        target.connection = self.connection;
        target.secret_chat = self.secret_chat;
        target.user = match &self.user {
            None => None,
            Some(UserRef::Id(id)) => Some(*id),
            Some(UserRef::Name(name)) => {
                let account = accounts.iter().find(|account| account.name == *name);
                Some(account.ok_or_else(|| format!("no account is called {name:?}"))?.user_id)
            }
        };
        let rule = faults.on(target).direction(match self.direction {
            Way::Incoming => Direction::Incoming,
            Way::Outgoing => Direction::Outgoing,
        });
        let rule = rule.after(self.after).probability(self.probability.unwrap_or(1.0));
        let rule = if let Some(times) = self.times { rule.times(times) } else { rule };
        Ok(rule.apply(fault))
    }

    /// As a rule stands.
    pub(crate) fn of(rule: &FaultRule) -> Self {
        let (mut code, mut error, mut seconds, mut bytes) = (None, None, None, None);
        let fault = match &rule.fault {
            Fault::Answer { code: number, text } => {
                (code, error) = (Some(*number), Some(text.clone()));
                FaultKind::Answer
            }
            Fault::Corrupt => FaultKind::Corrupt,
            Fault::Delay(by) => {
                seconds = Some(by.as_secs_f64());
                FaultKind::Delay
            }
            Fault::Disconnect => FaultKind::Disconnect,
            Fault::Drop => FaultKind::Drop,
            Fault::Duplicate => FaultKind::Duplicate,
            Fault::ForgeDate(by) => {
                seconds = Some(f64::from(*by));
                FaultKind::ForgeDate
            }
            Fault::ForgeRead(by) => {
                seconds = Some(f64::from(*by));
                FaultKind::ForgeRead
            }
            Fault::Reflect => FaultKind::Reflect,
            Fault::Reorder => FaultKind::Reorder,
            Fault::SaltChange => FaultKind::SaltChange,
            Fault::SwapFile => FaultKind::SwapFile,
            Fault::TransportError(number) => {
                code = Some(*number);
                FaultKind::TransportError
            }
            Fault::Truncate(count) => {
                bytes = Some(*count);
                FaultKind::Truncate
            }
            Fault::Unreadable => FaultKind::Unreadable,
            // What is new in the server is silence until it has a name here: a test of this file finds it.
            _ => FaultKind::Silence,
        };
        Self {
            fault,
            method: rule.target.method.clone(),
            user: rule.target.user.map(UserRef::Id),
            connection: rule.target.connection,
            secret_chat: rule.target.secret_chat,
            direction: match rule.direction {
                Direction::Incoming => Way::Incoming,
                Direction::Outgoing => Way::Outgoing,
            },
            after: rule.after,
            times: rule.times,
            probability: (rule.probability < 1.0).then_some(rule.probability),
            code,
            error,
            seconds,
            bytes,
        }
    }
}

/// A rule for a method that does not exist would wait for ever.
fn check_method(method: &str) -> Result<(), String> {
    let schema = chappe_api::api_schema();
    match method.strip_suffix('*') {
        Some(beginning) if schema.methods().any(|known| known.name.to_string().starts_with(beginning)) => {
            Ok(())
        }
        Some(beginning) => Err(format!("no method begins with {beginning:?}")),
        None if schema.method(method).is_some() => Ok(()),
        None => match schema.object(method) {
            Ok(_) => Err(format!("{method:?} is a constructor, not a method")),
            Err(error) => Err(error.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use chappe_server::Server;

    use super::*;

    fn spec(json: &str) -> FaultSpec {
        serde_json::from_str(json).unwrap()
    }

    #[tokio::test]
    async fn every_fault_is_set_up_as_written_and_listed_as_it_was_set_up() {
        let server = Server::builder().test_key().spawn().await.unwrap();
        let alice = server.user("alice").await.unwrap();
        for text in [
            r#"{"fault":"answer","method":"messages.sendMessage","direction":"outgoing","after":1,"times":2,"code":400,"error":"PEER_ID_INVALID"}"#,
            r#"{"fault":"corrupt","connection":3,"direction":"incoming","after":0,"probability":0.5}"#,
            r#"{"fault":"delay","direction":"outgoing","after":0,"seconds":1.5}"#,
            r#"{"fault":"disconnect","direction":"outgoing","after":0}"#,
            r#"{"fault":"drop","method":"messages.*","direction":"outgoing","after":0}"#,
            r#"{"fault":"duplicate","direction":"outgoing","after":0}"#,
            r#"{"fault":"forge_date","secret_chat":0,"direction":"outgoing","after":0,"seconds":-60.0}"#,
            r#"{"fault":"forge_read","secret_chat":5,"direction":"outgoing","after":0,"seconds":60.0}"#,
            r#"{"fault":"reflect","direction":"outgoing","after":0}"#,
            r#"{"fault":"reorder","direction":"outgoing","after":0}"#,
            r#"{"fault":"salt_change","direction":"incoming","after":0}"#,
            r#"{"fault":"silence","direction":"outgoing","after":0}"#,
            r#"{"fault":"swap_file","method":"messages.sendEncryptedFile","secret_chat":5,"direction":"outgoing","after":0}"#,
            r#"{"fault":"truncate","secret_chat":5,"direction":"outgoing","after":0,"bytes":16}"#,
            r#"{"fault":"transport_error","direction":"outgoing","after":0,"code":-404}"#,
            r#"{"fault":"unreadable","direction":"outgoing","after":0}"#,
        ] {
            server.faults().clear();
            spec(text).apply(&server.faults(), &[]).unwrap();
            assert_eq!(serde_json::to_string(&FaultSpec::of(&server.faults().list()[0])).unwrap(), text);
        }
        let wait = spec(r#"{"fault":"flood_wait","seconds":3,"user":"alice"}"#);
        assert!(wait.apply(&server.faults(), &[]).unwrap_err().contains("alice"));
        let handle = wait.apply(&server.faults(), std::slice::from_ref(&alice)).unwrap();
        let rule = server.faults().list().into_iter().find(|rule| rule.id == handle.id()).unwrap();
        assert_eq!(rule.fault, Fault::Answer { code: 420, text: "FLOOD_WAIT_3".into() });
        assert_eq!(rule.target.user, Some(alice.user_id));
    }

    #[test]
    fn what_does_not_fit_together_is_said() {
        for (text, part) in [
            (r#"{"fault":"drop","code":1}"#, "`code` means nothing"),
            (r#"{"fault":"answer","code":1}"#, "needs `error`"),
            (r#"{"fault":"delay","seconds":-1}"#, "`seconds` is a number"),
            (r#"{"fault":"truncate"}"#, "needs `bytes`"),
            (r#"{"fault":"disconnect","secret_chat":5}"#, "`secret_chat` means nothing"),
            (r#"{"fault":"drop","secret_chat":5,"connection":1}"#, "no `connection`"),
            (r#"{"fault":"drop","probability":2}"#, "`probability` is a number"),
            (r#"{"fault":"drop","method":"messages.sendMesage"}"#, "sendMessage"),
            (r#"{"fault":"drop","method":"masseges.*"}"#, "no method begins"),
        ] {
            let reason = spec(text).fault().unwrap_err();
            assert!(reason.contains(part), "{reason}");
        }
    }
}
