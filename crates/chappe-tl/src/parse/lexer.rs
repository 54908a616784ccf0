use super::{ParseError, ParseErrorKind};

type Result<T> = core::result::Result<T, ParseError>;

/// Words and single characters of a schema text, without blanks and comments.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    pos: usize,
    pub(super) line: usize,
    /// The layer in force, from markers met so far.
    pub(super) layer: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Letters, digits, underscores and dots.
    Word(&'a str),
    /// Any other character.
    Symbol(char),
    End,
}

impl Token<'_> {
    pub(super) fn text(self) -> String {
        match self {
            Self::Word(word) => word.chars().take(100).collect(),
            Self::Symbol(symbol) => symbol.to_string(),
            Self::End => "end of text".to_owned(),
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.'
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, pos: 0, line: 1, layer: None }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or("")
    }

    pub(super) fn error(&self, kind: ParseErrorKind) -> ParseError {
        ParseError { line: self.line, kind }
    }

    /// The next byte, without skipping blanks.
    pub(super) fn peek_byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    /// Moves past blanks and comments.
    pub(super) fn skip_blanks(&mut self) -> Result<()> {
        loop {
            match self.peek_byte() {
                Some(b'\n') => {
                    self.line += 1;
                    self.pos += 1;
                }
                Some(byte) if byte.is_ascii_whitespace() => self.pos += 1,
                Some(b'/') if self.rest().starts_with("//") => {
                    let comment = self.take_line();
                    self.layer = layer_comment(comment).or(self.layer);
                }
                Some(b'/') if self.rest().starts_with("/*") => {
                    let rest = self.rest();
                    let Some(end) = rest.get(2..).and_then(|inner| inner.find("*/")) else {
                        let error = self.error(ParseErrorKind::UnterminatedComment);
                        self.pos = self.text.len();
                        return Err(error);
                    };
                    let comment = rest.get(..end + 4).unwrap_or(rest);
                    self.line += comment.bytes().filter(|&byte| byte == b'\n').count();
                    self.pos += comment.len();
                }
                // A byte order mark or an exotic blank.
                Some(byte) if byte >= 0x80 => match self.rest().chars().next() {
                    Some(char) if char.is_whitespace() || char == '\u{feff}' => self.pos += char.len_utf8(),
                    _ => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }

    /// The rest of the line, without its end, which stays.
    pub(super) fn take_line(&mut self) -> &'a str {
        let rest = self.rest();
        let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
        self.pos += line.len();
        line
    }

    /// The rest of a marker such as `---types---` or `===8===`: up to the second run of its first character.
    pub(super) fn take_marker(&mut self) -> &'a str {
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or('-');
        let inner = rest.trim_start_matches(first);
        let closing = inner.find([first, '\n']).and_then(|at| inner.get(at..)).unwrap_or("");
        let marker = rest.get(..rest.len() - closing.trim_start_matches(first).len()).unwrap_or(rest);
        self.pos += marker.len();
        marker
    }

    pub(super) fn next(&mut self) -> Result<Token<'a>> {
        self.skip_blanks()?;
        Ok(self.next_adjacent())
    }

    /// The next token if no blank stands before it; a blank is a symbol here.
    pub(super) fn next_adjacent(&mut self) -> Token<'a> {
        let rest = self.rest();
        let len = rest.bytes().take_while(|&byte| is_word(byte)).count();
        if len > 0 {
            self.pos += len;
            return Token::Word(rest.get(..len).unwrap_or(rest));
        }
        match rest.chars().next() {
            Some(symbol) => {
                self.pos += symbol.len_utf8();
                self.line += usize::from(symbol == '\n');
                Token::Symbol(symbol)
            }
            None => Token::End,
        }
    }

    /// The next token, which stays.
    pub(super) fn peek(&mut self) -> Result<Token<'a>> {
        self.skip_blanks()?;
        Ok(self.clone().next_adjacent())
    }

    /// Moves past the end of a definition that could not be read.
    pub(super) fn recover(&mut self) {
        loop {
            match self.next() {
                Ok(Token::Symbol(';') | Token::End) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

/// The number of a `// LAYER n` comment.
fn layer_comment(comment: &str) -> Option<i32> {
    let mut words = comment.trim_start_matches('/').split_whitespace();
    let is_layer = words.next().is_some_and(|word| word.trim_end_matches(':').eq_ignore_ascii_case("layer"));
    let layer = words.next()?.parse().ok()?;
    (is_layer && words.next().is_none()).then_some(layer)
}
