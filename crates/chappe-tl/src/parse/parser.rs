use super::lexer::{Lexer, Token};
use super::types::starts_with_capital;
use super::{Definition, FlagBit, Kind, Parameter, ParseError, ParseErrorKind, Type};
use crate::id::constructor_id;

type Result<T> = core::result::Result<T, ParseError>;

/// How deep vectors may be nested in a type; real schemas stay at 2.
pub(super) const MAX_TYPE_DEPTH: usize = 16;

/// How many fields a definition may have; the largest real ones stay below 80.
pub(super) const MAX_PARAMS: usize = 512;

/// Names whose lines describe what is built in.
const BUILT_IN: [&str; 11] =
    ["int", "long", "double", "string", "bytes", "int53", "int128", "int256", "vector", "object", "function"];

/// All definitions of a schema text, in order.
///
/// # Errors
/// The first thing that is not TL. [`definitions`] goes on after errors.
pub fn parse(text: &str) -> Result<Vec<Definition>> {
    definitions(text).collect()
}

/// The definitions of a schema text one by one; after an error the iterator goes on behind the next `;`.
pub fn definitions(text: &str) -> Definitions<'_> {
    Definitions { lexer: Lexer::new(text), kind: Kind::Type }
}

/// The iterator that [`definitions`] returns.
#[derive(Clone, Debug)]
pub struct Definitions<'a> {
    lexer: Lexer<'a>,
    kind: Kind,
}

impl Iterator for Definitions<'_> {
    type Item = Result<Definition>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.statement() {
                Ok(Statement::Definition(definition)) => return Some(Ok(*definition)),
                Ok(Statement::Other) => {}
                Ok(Statement::End) => return None,
                Err((error, recover)) => {
                    if recover {
                        self.lexer.recover();
                    }
                    return Some(Err(error));
                }
            }
        }
    }
}

enum Statement {
    Definition(Box<Definition>),
    /// A marker or a line about a built-in type.
    Other,
    End,
}

impl<'a> Definitions<'a> {
    /// One definition or marker; the flag of the error says whether the rest up to `;` has to be skipped.
    fn statement(&mut self) -> core::result::Result<Statement, (ParseError, bool)> {
        self.lexer.skip_blanks().map_err(|error| (error, false))?;
        match self.lexer.peek_byte() {
            None => Ok(Statement::End),
            Some(b'-' | b'=') => {
                let marker = self.lexer.take_marker();
                self.marker(marker).map_err(|error| (error, false))?;
                Ok(Statement::Other)
            }
            Some(_) => self.definition().map_err(|error| {
                // The tokens up to the error are consumed: go on to the `;`, unless that was the last of them.
                let at_end = matches!(&error.kind, ParseErrorKind::Unexpected { found, .. } if found == ";");
                (error, !at_end)
            }),
        }
    }

    fn marker(&mut self, line: &str) -> Result<()> {
        if line.starts_with('=') {
            let layer = line.trim_matches('=').trim().parse();
            let error = |_| self.lexer.error(ParseErrorKind::InvalidLayer { marker: shorten(line) });
            self.lexer.layer = Some(layer.map_err(error)?);
            return Ok(());
        }
        self.kind = match line.trim_matches('-').trim() {
            "types" => Kind::Type,
            "functions" => Kind::Function,
            _ => return Err(self.lexer.error(ParseErrorKind::UnknownSection { marker: shorten(line) })),
        };
        Ok(())
    }

    fn definition(&mut self) -> Result<Statement> {
        let (line, layer) = (self.lexer.line, self.lexer.layer);
        let name = self.name("the name of a constructor or method")?;
        let written_id = self.id()?;
        if BUILT_IN.contains(&name.as_str()) {
            while self.token()? != Token::Symbol(';') {}
            return Ok(Statement::Other);
        }
        let mut definition = Definition {
            name,
            id: 0,
            explicit_id: written_id.is_some(),
            generics: self.generics()?,
            params: Vec::new(),
            ty: Type::True,
            kind: self.kind,
            layer,
            line,
        };
        loop {
            match self.lexer.peek()? {
                Token::Symbol('=') => break,
                Token::Word(_) => {
                    let param = self.param(&definition)?;
                    if definition.params.len() >= MAX_PARAMS {
                        return Err(self.lexer.error(ParseErrorKind::TooManyFields));
                    }
                    definition.params.push(param);
                }
                _ => {
                    let found = self.token()?;
                    return Err(self.unexpected("a field or `=`", found));
                }
            }
        }
        self.token()?;
        definition.ty = self.result(&definition.generics)?;
        self.symbol(';', "`;`")?;
        definition.id = written_id.unwrap_or_else(|| constructor_id(&definition.line_without_id()));
        Ok(Statement::Definition(Box::new(definition)))
    }

    /// The next token inside a definition.
    fn token(&mut self) -> Result<Token<'a>> {
        match self.lexer.next()? {
            Token::End => Err(self.lexer.error(ParseErrorKind::UnexpectedEnd)),
            token => Ok(token),
        }
    }

    fn unexpected(&self, expected: &'static str, found: Token<'_>) -> ParseError {
        self.lexer.error(ParseErrorKind::Unexpected { expected, found: found.text() })
    }

    fn symbol(&mut self, symbol: char, expected: &'static str) -> Result<()> {
        match self.token()? {
            Token::Symbol(found) if found == symbol => Ok(()),
            found => Err(self.unexpected(expected, found)),
        }
    }

    fn word(&mut self, expected: &'static str) -> Result<&'a str> {
        match self.token()? {
            Token::Word(word) => Ok(word),
            found => Err(self.unexpected(expected, found)),
        }
    }

    /// A name with or without a namespace.
    fn name(&mut self, expected: &'static str) -> Result<String> {
        let word = self.word(expected)?;
        self.checked_name(word)
    }

    fn checked_name(&self, word: &str) -> Result<String> {
        if word.split('.').all(is_name) && word.len() <= 200 {
            Ok(word.to_owned())
        } else {
            Err(self.lexer.error(ParseErrorKind::InvalidName { name: shorten(word) }))
        }
    }

    fn simple_name(&mut self, expected: &'static str) -> Result<String> {
        let name = self.name(expected)?;
        if name.contains('.') {
            return Err(self.lexer.error(ParseErrorKind::InvalidName { name }));
        }
        Ok(name)
    }

    /// The `#id` directly behind a name.
    fn id(&mut self) -> Result<Option<u32>> {
        if self.lexer.peek_byte() != Some(b'#') {
            return Ok(None);
        }
        self.token()?;
        let found = match self.lexer.peek_byte() {
            Some(byte) if byte.is_ascii_alphanumeric() => self.lexer.next_adjacent(),
            _ => Token::Word(""),
        };
        let Token::Word(digits) = found else { return Err(self.unexpected("a constructor id", found)) };
        // `from_str_radix` would take a plus sign, but that is no word.
        match u32::from_str_radix(digits, 16) {
            Ok(id) if digits.len() <= 8 => Ok(Some(id)),
            _ => Err(self.lexer.error(ParseErrorKind::InvalidId { id: shorten(digits) })),
        }
    }

    /// Any number of `{X:Type}`.
    fn generics(&mut self) -> Result<Vec<String>> {
        let mut generics = Vec::new();
        while self.lexer.peek()? == Token::Symbol('{') {
            self.token()?;
            let name = self.simple_name("the name of a type parameter")?;
            self.symbol(':', "`:`")?;
            match self.token()? {
                Token::Word("Type") => {}
                found => return Err(self.unexpected("`Type`", found)),
            }
            self.symbol('}', "`}`")?;
            if generics.len() >= MAX_PARAMS {
                return Err(self.lexer.error(ParseErrorKind::TooManyFields));
            }
            generics.push(name);
        }
        Ok(generics)
    }

    fn param(&mut self, definition: &Definition) -> Result<Parameter> {
        let name = self.simple_name("the name of a field")?;
        self.symbol(':', "`:` and the type of the field")?;
        if definition.param(&name).is_some() {
            return Err(self.lexer.error(ParseErrorKind::DuplicateField { name }));
        }
        let mut flag = None;
        let mut first = self.token()?;
        if let Token::Word(word) = first
            && self.lexer.peek_byte() == Some(b'?')
        {
            self.token()?;
            let condition = self.condition(word)?;
            let is_flags = |param: &Parameter| param.ty == Type::Flags;
            if !definition.param(&condition.field).is_some_and(is_flags) {
                let field = condition.field;
                return Err(self.lexer.error(ParseErrorKind::UnknownFlags { param: name, field }));
            }
            flag = Some(condition);
            first = self.token()?;
        }
        let ty = self.ty(first, &definition.generics, 0)?;
        Ok(Parameter { name, flag, ty })
    }

    fn condition(&self, word: &str) -> Result<FlagBit> {
        let parts = word.split_once('.');
        let bit = parts.and_then(|(_, bit)| bit.parse().ok()).filter(|bit| *bit < 32);
        match (parts, bit) {
            (Some((field, _)), Some(bit)) if is_name(field) => Ok(FlagBit { field: field.to_owned(), bit }),
            _ => Err(self.lexer.error(ParseErrorKind::InvalidCondition { condition: shorten(word) })),
        }
    }

    /// The type after `=`, where vectors may also be written `Vector t`.
    fn result(&mut self, generics: &[String]) -> Result<Type> {
        let first = self.token()?;
        if first == Token::Word("Vector")
            && let Token::Word(_) = self.lexer.peek()?
        {
            let item = self.token()?;
            return Ok(Type::Vector(Box::new(self.ty(item, generics, 1)?)));
        }
        self.ty(first, generics, 0)
    }

    /// A type whose first token is `first`.
    fn ty(&mut self, first: Token<'a>, generics: &[String], depth: usize) -> Result<Type> {
        if depth > MAX_TYPE_DEPTH {
            return Err(self.lexer.error(ParseErrorKind::TooDeep));
        }
        match first {
            Token::Symbol('#') => Ok(Type::Flags),
            Token::Symbol('!') => {
                let name = self.simple_name("the name of a type parameter")?;
                if generics.contains(&name) {
                    Ok(Type::Query(name))
                } else {
                    Err(self.lexer.error(ParseErrorKind::UnknownGeneric { name }))
                }
            }
            Token::Symbol('%') => {
                let word = self.word("the name of a type")?;
                match self.named(word, generics, depth)? {
                    Type::Boxed(name) => Ok(Type::Bare(name)),
                    Type::Vector(item) => Ok(Type::BareVector(item)),
                    other => Ok(other),
                }
            }
            Token::Word(word) => self.named(word, generics, depth),
            found => Err(self.unexpected("a type", found)),
        }
    }

    fn named(&mut self, word: &'a str, generics: &[String], depth: usize) -> Result<Type> {
        let has_argument = self.lexer.peek_byte() == Some(b'<');
        if let "Vector" | "vector" = word {
            if !has_argument {
                return Err(self.lexer.error(ParseErrorKind::MissingArgument { name: word.to_owned() }));
            }
            self.token()?;
            let first = self.token()?;
            let item = Box::new(self.ty(first, generics, depth + 1)?);
            self.symbol('>', "`>`")?;
            return Ok(if word == "Vector" { Type::Vector(item) } else { Type::BareVector(item) });
        }
        if has_argument {
            return Err(self.lexer.error(ParseErrorKind::UnexpectedArgument { name: shorten(word) }));
        }
        if generics.iter().any(|generic| generic == word) {
            return Ok(Type::Generic(word.to_owned()));
        }
        if let Some(ty) = Type::built_in(word) {
            return Ok(ty);
        }
        let name = self.checked_name(word)?;
        Ok(if starts_with_capital(&name) { Type::Boxed(name) } else { Type::Bare(name) })
    }
}

fn is_name(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Enough of a text for an error message.
fn shorten(text: &str) -> String {
    text.chars().take(100).collect()
}
