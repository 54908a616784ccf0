//! How TL names become the names of the types in `chappe-api`.
//!
//! ```
//! use chappe_tl::rust_names;
//!
//! assert_eq!(rust_names::pascal("messages.sendEncryptedService"), "SendEncryptedService");
//! assert_eq!(rust_names::field("type"), "r#type");
//! ```

/// The words of a TL name: `resPQ` is `res`, `PQ`; `inputPeer_self` is `input`, `Peer`, `self`.
pub fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split('_') {
        let chars: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (index, &char) in chars.iter().enumerate() {
            let before = index.checked_sub(1).map(|index| chars[index]);
            let after = chars.get(index + 1);
            let begins = char.is_ascii_uppercase()
                && before.is_some_and(|before| {
                    !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
                });
            if begins && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.push(char);
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    words
}

/// One word with a capital first letter and the rest small: `PQ` is `Pq`.
fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + &chars.as_str().to_ascii_lowercase()
    })
}

/// The name without its namespace.
pub fn local(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, local)| local)
}

/// The namespace of a name.
pub fn namespace(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(namespace, _)| namespace)
}

/// The Rust name of a type, constructor or method, without its namespace.
pub fn pascal(name: &str) -> String {
    words(local(name)).iter().map(|word| capitalised(word)).collect()
}

/// The Rust name of a field.
pub fn field(name: &str) -> String {
    let name = words(name).join("_").to_ascii_lowercase();
    match name.as_str() {
        "self" => "is_self".to_owned(),
        "as" | "async" | "await" | "break" | "const" | "continue" | "crate" | "dyn" | "else" | "enum"
        | "extern" | "final" | "fn" | "for" | "gen" | "if" | "impl" | "in" | "let" | "loop" | "match"
        | "mod" | "move" | "mut" | "pub" | "ref" | "return" | "static" | "struct" | "trait" | "try"
        | "type" | "unsafe" | "use" | "where" | "while" | "yield" => format!("r#{name}"),
        _ => name,
    }
}

/// The variant names of a type's constructors, in their order.
///
/// Leading words are left out that the constructor shares with the type or with all other constructors of the type.
/// If nothing is left, the variant is the last word of the type. A name that would begin with a digit, or be `Self`,
/// keeps one word more; names that would collide stay whole.
pub fn variants(ty: &str, constructors: &[String]) -> Vec<String> {
    let type_words: Vec<String> = words(local(ty)).iter().map(|word| capitalised(word)).collect();
    let names: Vec<Vec<String>> = constructors
        .iter()
        .map(|name| words(local(name)).iter().map(|word| capitalised(word)).collect())
        .collect();
    let shared = |a: &[String], b: &[String]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let common = names.iter().map(|name| shared(name, &names[0])).min().unwrap_or(0);
    let short: Vec<String> = names
        .iter()
        .map(|name| {
            let mut cut = common.max(shared(name, &type_words));
            let rest = |cut: usize| name[cut..].concat();
            while cut > 0
                && (rest(cut) == "Self" || rest(cut).starts_with(|char: char| char.is_ascii_digit()))
            {
                cut -= 1;
            }
            match rest(cut) {
                rest if rest.is_empty() => type_words.last().cloned().unwrap_or_default(),
                rest => rest,
            }
        })
        .collect();
    short
        .iter()
        .zip(&names)
        .map(|(name, words)| match short.iter().filter(|other| *other == name).count() {
            1 => name.clone(),
            _ => words.concat(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_rust_convention() {
        assert_eq!(pascal("resPQ"), "ResPq");
        assert_eq!(pascal("p_q_inner_data_dc"), "PQInnerDataDc");
        assert_eq!(pascal("server_DH_params_ok"), "ServerDhParamsOk");
        assert_eq!(pascal("decryptedMessageActionSetMessageTTL"), "DecryptedMessageActionSetMessageTtl");
        assert_eq!(pascal("help.dataJSON"), "DataJson");
        assert_eq!(field("srp_B"), "srp_b");
        assert_eq!(field("M1"), "m1");
        assert_eq!(field("type"), "r#type");
        assert_eq!(field("self"), "is_self");
    }

    #[test]
    fn variants_lose_what_the_type_says() {
        let of = |ty: &str, names: &[&str]| {
            variants(ty, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            of("EncryptedChat", &["encryptedChatEmpty", "encryptedChatWaiting", "encryptedChat"]),
            ["Empty", "Waiting", "Chat"]
        );
        assert_eq!(of("InputPeer", &["inputPeerEmpty", "inputPeerSelf"]), ["Empty", "PeerSelf"]);
        assert_eq!(of("RichText", &["textEmpty", "textPlain"]), ["Empty", "Plain"]);
        assert_eq!(
            of("Chat", &["chat", "channel", "channelForbidden"]),
            ["Chat", "Channel", "ChannelForbidden"]
        );
    }
}
