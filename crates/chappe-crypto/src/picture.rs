//! The picture two people compare to be sure that nobody sits between them.

use std::fmt;

use crate::{AuthKey, hash};

/// Colours of the picture as red, green, blue: the values 0 to 3 of a cell select one.
pub const PALETTE: [[u8; 3]; 4] =
    [[0xff, 0xff, 0xff], [0xd5, 0xe6, 0xf3], [0x2d, 0x57, 0x75], [0x2f, 0x99, 0xc9]];

/// Cells per row and rows per picture.
pub const SIDE: usize = 12;

/// The 36 bytes from which the key picture of a secret chat and its text form are made.
///
/// They are fixed when the chat is created (the second part when it reached layer 46) and survive every rekey, so
/// they are stored beside the key. Comparing them is the only defence against a server that sits in the middle.
///
/// Source: <https://core.telegram.org/api/end-to-end#key-visualization>
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyVisualization([u8; 36]);

impl KeyVisualization {
    /// From the first key of the chat. Every chat created today has only this one.
    pub fn new(key: &AuthKey) -> Self {
        Self::with_layer46_key(key, key)
    }

    /// From the first key of the chat and the key in use when the chat reached layer 46.
    pub fn with_layer46_key(first: &AuthKey, at_layer46: &AuthKey) -> Self {
        let (head, tail) = (hash::sha1(&[first.as_bytes()]), hash::sha256(&[at_layer46.as_bytes()]));
        let mut bytes = [0; 36];
        bytes[..16].copy_from_slice(&head[..16]);
        bytes[16..].copy_from_slice(&tail[..20]);
        Self(bytes)
    }

    /// From stored bytes.
    pub const fn from_bytes(bytes: [u8; 36]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 36] {
        &self.0
    }

    /// The picture: rows of indices into [`PALETTE`].
    pub fn cells(&self) -> [[u8; SIDE]; SIDE] {
        std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let n = row * SIDE + column;
                (self.0[n / 4] >> (2 * (n % 4))) & 3
            })
        })
    }

    /// The text form: four lines of eight bytes in hexadecimal, with a wider gap after the fourth.
    pub fn hex_lines(&self) -> [String; 4] {
        std::array::from_fn(|line| {
            let mut text = String::with_capacity(24);
            for (i, byte) in self.0[8 * line..8 * line + 8].iter().enumerate() {
                text.push_str(match i {
                    0 => "",
                    4 => "  ",
                    _ => " ",
                });
                text.push_str(&format!("{byte:02x}"));
            }
            text
        })
    }
}

impl fmt::Debug for KeyVisualization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyVisualization(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// The text form, lines separated by line feeds.
impl fmt::Display for KeyVisualization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex_lines().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_and_text_of_the_known_key() {
        let shown = KeyVisualization::new(&AuthKey::new(std::array::from_fn(|i| i as u8)));
        assert_eq!(
            format!("{shown:?}"),
            "KeyVisualization(4916d6bdb7f78e6803698cab32d1586e40aff2e9d2d8922e47afd4648e6967497158785f)"
        );
        let rows: Vec<String> =
            shown.cells().iter().map(|row| row.iter().map(|c| char::from(b'0' + c)).collect()).collect();
        assert_eq!(
            rows.join(" "),
            "120121102113 133231323133 230202213000 122103023222 203010130211 232100013322 \
             203312232013 021320122320 310133220113 012123021221 312112011031 021102313311"
        );
        assert_eq!(
            shown.to_string(),
            "49 16 d6 bd  b7 f7 8e 68\n03 69 8c ab  32 d1 58 6e\n40 af f2 e9  d2 d8 92 2e\n47 af d4 64  8e 69 67 49"
        );
        assert_eq!(KeyVisualization::from_bytes(*shown.as_bytes()), shown);
    }
}
