//! Messages as they are shown.

use chappe::secret::FormattedText;

/// One message of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its name in the chat: a cloud message's number, a secret message's random id. Ours that the server has not taken
    /// yet have negative ones of our own in the cloud.
    pub(crate) id: i64,
    /// Its place: later ones have larger ones.
    pub(crate) order: i64,
    pub(crate) outgoing: bool,
    /// Who wrote it; empty for ours and in chats of two.
    pub(crate) sender: String,
    /// Unix seconds.
    pub(crate) date: i64,
    pub(crate) text: FormattedText,
    pub(crate) attachment: Option<Attachment>,
    pub(crate) state: MessageState,
    /// Self-destruct timer in seconds; 0 for none.
    pub(crate) ttl: i32,
    /// When it goes, Unix seconds, once its timer runs.
    pub(crate) expires_at: Option<i64>,
    pub(crate) reply_to: Option<i64>,
    pub(crate) edited: bool,
    /// Something that happened, in words.
    pub(crate) notice: bool,
}

/// What is beside the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attachment {
    /// The word for what it is.
    pub(crate) kind: String,
    /// Its name, or what else is to be said of it.
    pub(crate) name: String,
    /// Bytes, if it can be fetched.
    pub(crate) size: Option<u64>,
    /// Whether it is shown only when asked for, once.
    pub(crate) opens: bool,
}

/// What has become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageState {
    /// Ours: it could not be sent.
    Failed,
    /// The content has expired.
    Gone,
    /// Ours: on its way to the server.
    Pending,
    /// Ours: read by the other side.
    Read,
    /// Somebody else's.
    Received,
    /// Ours: the server has it.
    Sent,
}

impl Message {
    /// Seconds until it goes, if its timer runs.
    pub(crate) fn left(&self, now: i64) -> Option<i64> {
        self.expires_at.map(|end| (end - now).max(0))
    }

    /// A few words on one line: for quotes and the list of chats.
    pub(crate) fn summary(&self) -> String {
        let words = self.text.text.lines().next().unwrap_or_default();
        match &self.attachment {
            Some(attachment) if words.is_empty() => attachment.label(),
            Some(attachment) => format!("[{}] {words}", attachment.kind),
            None if self.state == MessageState::Gone => "(gone)".to_owned(),
            None => words.to_owned(),
        }
    }
}

impl Attachment {
    /// What it is, on one line.
    pub(crate) fn label(&self) -> String {
        let name = if self.name.is_empty() { String::new() } else { format!(" {}", self.name) };
        let size = self.size.map(|size| format!(", {}", bytes(size))).unwrap_or_default();
        format!("[{}{name}{size}]", self.kind)
    }
}

/// A size for people.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64;
    let mut unit = "";
    for next in UNITS {
        if value < 999.95 {
            break;
        }
        (value, unit) = (value / 1000.0, next);
    }
    format!("{value:.1} {unit}")
}

/// A length of time for people.
pub(crate) fn duration(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}:{:02} h", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Seconds in a length of time as people write it: `30`, `30s`, `5m`, `2h`, `1d`, `1w`, `off`.
pub(crate) fn parse_duration(text: &str) -> Option<u32> {
    let text = text.trim();
    if text == "off" {
        return Some(0);
    }
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit.trim() {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    number.parse::<u32>().ok()?.checked_mul(unit).filter(|seconds| *seconds <= 31_536_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_short() {
        assert_eq!(
            [999, 1000, 999_949, 999_950, 4_000_000_000].map(bytes),
            ["999 B", "1.0 kB", "999.9 kB", "1.0 MB", "4.0 GB"]
        );
        assert_eq!([5, 65, 3700, 90_000].map(duration), ["5 s", "1:05 min", "1:01 h", "1 d"]);
    }

    #[test]
    fn a_timer_is_written_in_any_unit() {
        assert_eq!(
            ["off", "0", "30", "5m", "2 h", "1w"].map(parse_duration),
            [Some(0), Some(0), Some(30), Some(300), Some(7200), Some(604_800)]
        );
        assert_eq!(["", "m", "-1", "1y", "2m2", "400d"].map(parse_duration), [None; 6]);
    }
}
