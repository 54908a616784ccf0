//! One TL definition as a line of text.

use flate2::Crc;

/// Names every TL parser knows by itself: they appear in listings, but are no part of the API.
const BUILT_IN: [&str; 6] = ["boolFalse", "boolTrue", "error", "null", "true", "vector"];

/// A constructor or method: `name#id body`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Name with namespace, e.g. `messages.sendEncryptedService`.
    pub(crate) name: String,
    /// The 32-bit number on the wire.
    pub(crate) id: u32,
    /// What follows name and id: generics, fields, `= Type`, without the semicolon.
    pub(crate) body: String,
    /// Whether it stands under `---functions---`.
    pub(crate) is_method: bool,
}

impl Definition {
    /// Reads a line; `None` when it is no definition with an id (comment, blank, marker).
    pub(crate) fn parse(line: &str, is_method: bool) -> Option<Self> {
        let line = line.trim();
        if line.starts_with("//") {
            return None;
        }
        let (text, _) = line.split_once(';')?;
        let (head, body) = text.split_once(' ')?;
        let (name, id) = head.split_once('#')?;
        Some(Self {
            name: name.to_owned(),
            id: u32::from_str_radix(id, 16).ok()?,
            body: body.split_whitespace().collect::<Vec<_>>().join(" "),
            is_method,
        })
    }

    /// Whether parsers have it built in.
    pub(crate) fn is_built_in(&self) -> bool {
        BUILT_IN.contains(&self.name.as_str())
    }

    /// The CRC32 that gives the id: of the line without flags that carry no bytes, with `bytes` read as
    /// `string` and without angle brackets and braces.
    pub(crate) fn crc(&self) -> u32 {
        let mut text = self.name.clone();
        for word in self.body.split_whitespace() {
            let carries_nothing = word
                .split_once(':')
                .is_some_and(|(_, kind)| kind.starts_with("flags") && kind.ends_with("?true"));
            if !carries_nothing {
                text.push(' ');
                text.push_str(word);
            }
        }
        let text = text
            .replace(":bytes", ":string")
            .replace("?bytes", "?string")
            .replace('<', " ")
            .replace(['>', '{', '}'], "");
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        crc.sum()
    }

    /// The line as the files of `schema/` have it.
    pub(crate) fn render(&self) -> String {
        format!("{}#{:x} {};", self.name, self.id, self.body)
    }
}

/// Definitions of a TL text, in its order.
pub(crate) fn parse_text(text: &str) -> Vec<Definition> {
    let mut is_method = false;
    let mut definitions = Vec::new();
    for line in text.lines() {
        match line.trim() {
            "---functions---" => is_method = true,
            "---types---" => is_method = false,
            other => definitions.extend(Definition::parse(other, is_method)),
        }
    }
    definitions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Definition {
        Definition::parse(line, false).unwrap()
    }

    #[test]
    fn the_crc_of_a_line_is_its_id() {
        for line in [
            "inputEncryptedChat#f141b5e1 chat_id:int access_hash:long = InputEncryptedChat;",
            "messages.sendEncryptedService#32d439a4 peer:InputEncryptedChat random_id:long data:bytes = messages.SentEncryptedMessage;",
            "encryptedChatDiscarded#1e1c7c45 flags:# history_deleted:flags.0?true id:int = EncryptedChat;",
            "invokeAfterMsgs#3dc4b4f0 {X:Type} msg_ids:Vector<long> query:!X = X;",
        ] {
            let definition = parse(line);
            assert_eq!(definition.crc(), definition.id, "{line}");
            assert_eq!(definition.render(), line);
        }
    }

    #[test]
    fn comments_and_markers_are_no_definitions() {
        assert_eq!(Definition::parse("// a#1 = A;", false), None);
        assert_eq!(Definition::parse("int ? = Int;", false), None);
        let methods = parse_text("a#1 = A; // 1-2\n---functions---\n\nb#2 = A;\n");
        assert_eq!(methods.len(), 2);
        assert!(methods[1].is_method && !methods[0].is_method);
    }
}
