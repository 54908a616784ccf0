//! Constructor ids: the CRC-32 of a definition in Telegram's normal form.

/// The id that the definition `line` gets when it says none.
///
/// The rule is the CRC-32 of zip over the line after these steps: the id and the `;` go; fields of type
/// `flags.N?true` go, so that a new flag does not change the id; `bytes` as the type of a field becomes `string`;
/// `{`, `}` and `>` go and `<` becomes a blank; runs of blanks become one.
///
/// Ids in the schemas are the truth, also where they differ: a handful were computed from another form of the line.
///
/// ```
/// use chappe_tl::constructor_id;
///
/// assert_eq!(constructor_id("boolFalse = Bool;"), 0xbc799737);
/// assert_eq!(constructor_id("msgs_ack#0 msg_ids:Vector<long> = MsgsAck;"), 0x62d6b459);
/// ```
pub fn constructor_id(line: &str) -> u32 {
    crc32fast::hash(normal_form(line).as_bytes())
}

/// `line` in the form that ids are computed from.
///
/// ```
/// assert_eq!(
///     chappe_tl::id::normal_form("a#1 flags:# b:flags.0?true c:flags.1?bytes d:Vector<int> = A;"),
///     "a flags:# c:flags.1?string d:Vector int = A"
/// );
/// ```
pub fn normal_form(line: &str) -> String {
    let mut normal = String::with_capacity(line.len());
    for (index, word) in line.trim_end().trim_end_matches(';').split_whitespace().enumerate() {
        let word = match word.split_once('#') {
            Some((name, _)) if index == 0 => name,
            _ => word,
        };
        // Cut at the first colon only: conditions have none, and `{X:Type}` has to stay.
        let (field, ty) = word.split_once(':').unwrap_or(("", word));
        let (condition, bare) = ty.split_once('?').unwrap_or(("", ty));
        if !field.is_empty() && !condition.is_empty() && bare == "true" {
            continue;
        }
        if index > 0 {
            normal.push(' ');
        }
        let (head, tail) = match bare {
            "bytes" if !field.is_empty() => (word.get(..word.len() - bare.len()).unwrap_or(""), "string"),
            _ => (word, ""),
        };
        normal.extend(head.chars().chain(tail.chars()).filter_map(|char| match char {
            '{' | '}' | '>' => None,
            '<' => Some(' '),
            char => Some(char),
        }));
    }
    normal
}
