//! The rules of `rules.txt`, whose head explains the notation.

use std::collections::HashMap;

const RULES: &str = include_str!("rules.txt");

/// All rules, by what stands on their left side.
#[derive(Debug)]
pub(crate) struct Rules {
    /// `constructor = …` and `Type = …`, in the order of the file.
    shapes: HashMap<String, Vec<Rule>>,
    /// `left -> Type = …`, under the type on the right of the arrow.
    conversions: HashMap<String, Vec<Conversion>>,
    /// `constructor:field = …`.
    fields: HashMap<String, Vec<Expr>>,
    /// Lines that are no rules: a test holds that there are none.
    #[cfg_attr(not(test), allow(dead_code, reason = "read by a test"))]
    broken: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    /// The rule holds only if this field holds an object of this constructor.
    pub(crate) guard: Option<(String, String)>,
    pub(crate) expr: Expr,
}

#[derive(Debug)]
pub(crate) struct Conversion {
    /// A constructor, a type, or a built-in type.
    pub(crate) left: String,
    pub(crate) rule: Rule,
}

/// What stands on the right side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expr {
    /// An object: its constructor, and those fields that do not come from fields of the same name.
    Build(String, Vec<(String, Expr)>),
    /// A field of the source, or a field of that; the source itself if empty.
    Path(Vec<String>),
    /// A whole number, of whatever width the field has.
    Number(i64),
    /// A `string` or `bytes`.
    Text(String),
    Bool(bool),
    /// A vector of one item, or none.
    List(Option<Box<Expr>>),
    /// A number divided by another.
    Ratio(Vec<String>, i64),
    /// Left out: of a vector, or as a conditional field.
    Drop,
    /// Cannot be said, and that is known.
    Gone,
    /// A field whose content the other side has no place for.
    Ignore,
}

impl Rules {
    pub(crate) fn load() -> Self {
        Self::parse(RULES)
    }

    fn parse(text: &str) -> Self {
        let mut rules = Self {
            shapes: HashMap::new(),
            conversions: HashMap::new(),
            fields: HashMap::new(),
            broken: Vec::new(),
        };
        for line in text.lines() {
            let line = line.split_once(" #").map_or(line, |(rule, _)| rule).trim();
            if !line.is_empty() && !line.starts_with('#') && rules.add(line).is_none() {
                rules.broken.push(line.to_owned());
            }
        }
        rules
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let (left, right) = line.split_once(" = ")?;
        let left = left.trim();
        let is_field = left.contains(':') && !left.contains('[');
        let expr = expression(right.trim(), !is_field)?;
        if let Some((left, to)) = left.split_once(" -> ") {
            let (left, guard) = guard(left.trim())?;
            let conversion = Conversion { left, rule: Rule { guard, expr } };
            self.conversions.entry(to.trim().to_owned()).or_default().push(conversion);
        } else if is_field {
            self.fields.entry(left.to_owned()).or_default().push(expr);
        } else {
            let (left, guard) = guard(left)?;
            self.shapes.entry(left).or_default().push(Rule { guard, expr });
        }
        Some(())
    }

    /// The rules for a constructor, or the fallbacks of a type.
    pub(crate) fn of(&self, name: &str) -> &[Rule] {
        self.shapes.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The rules that make a value of the type `to` from something else.
    pub(crate) fn conversions(&self, to: &str) -> &[Conversion] {
        self.conversions.get(to).map(Vec::as_slice).unwrap_or_default()
    }

    /// Where a field of a constructor comes from if there is none of its name.
    pub(crate) fn field(&self, constructor: &str, field: &str) -> &[Expr] {
        self.fields.get(&format!("{constructor}:{field}")).map(Vec::as_slice).unwrap_or_default()
    }
}

/// `name[field:constructor]` in its parts.
fn guard(left: &str) -> Option<(String, Option<(String, String)>)> {
    let Some((name, rest)) = left.split_once('[') else { return Some((left.to_owned(), None)) };
    let (field, constructor) = rest.strip_suffix(']')?.split_once(':')?;
    Some((name.to_owned(), Some((field.to_owned(), constructor.to_owned()))))
}

/// The right side. A bare name is an object without parentheses, or for a field another field.
fn expression(text: &str, is_object: bool) -> Option<Expr> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut words = words.as_slice();
    let first = words.first()?;
    let is_object = is_object
        && first.starts_with(|first: char| first.is_ascii_alphabetic())
        && !matches!(*first, "true" | "false" | "drop" | "gone" | "ignore");
    let expr = if is_object { object(&mut words)? } else { value(&mut words)? };
    words.is_empty().then_some(expr)
}

fn object(words: &mut &[&str]) -> Option<Expr> {
    let (name, rest) = words.split_first()?;
    *words = rest;
    let mut fields = Vec::new();
    while let Some((word, rest)) = words.split_first()
        && *word != ")"
    {
        let (field, start) = word.split_once('=')?;
        *words = rest;
        let expr = if start.is_empty() { value(words)? } else { value(&mut [start].as_slice())? };
        fields.push((field.to_owned(), expr));
    }
    Some(Expr::Build((*name).to_owned(), fields))
}

fn value(words: &mut &[&str]) -> Option<Expr> {
    let (word, rest) = words.split_first()?;
    *words = rest;
    Some(match *word {
        "(" => {
            let object = object(words)?;
            *words = words.split_first().filter(|(word, _)| **word == ")")?.1;
            object
        }
        "true" => Expr::Bool(true),
        "false" => Expr::Bool(false),
        "drop" => Expr::Drop,
        "gone" => Expr::Gone,
        "ignore" => Expr::Ignore,
        "[]" => Expr::List(None),
        _ => word_value(word)?,
    })
}

fn word_value(word: &str) -> Option<Expr> {
    let path = |text: &str| {
        let text = text.strip_prefix('.').unwrap_or(text);
        text.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    if let Ok(number) = word.parse() {
        return Some(Expr::Number(number));
    }
    if let Some(text) = word.strip_prefix('"') {
        return Some(Expr::Text(text.strip_suffix('"')?.to_owned()));
    }
    if let Some(item) = word.strip_prefix('[') {
        return Some(Expr::List(Some(Box::new(word_value(item.strip_suffix(']')?)?))));
    }
    if let Some((dividend, divisor)) = word.split_once('/') {
        return Some(Expr::Ratio(path(dividend), divisor.parse().ok().filter(|divisor| *divisor != 0)?));
    }
    Some(Expr::Path(path(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_a_rule() {
        assert_eq!(Rules::load().broken, Vec::<String>::new());
    }

    #[test]
    fn a_line_without_sense_is_noticed() {
        for line in ["a", "a = ", "a = (b", "a[x = b", "a = b c", "a:b = 4/0", "a:b = \"c"] {
            assert_eq!(Rules::parse(line).broken.len(), 1, "{line}");
        }
    }

    #[test]
    fn rules_are_read_as_written() {
        let rules = Rules::parse(
            "# a comment\n\
             a[b:c] -> D = e f=(g h=[] i=-3) j=k.l # the rest comes by name\n\
             Update = drop\n\
             a:months = days/30",
        );
        let path = |parts: &[&str]| Expr::Path(parts.iter().map(|part| (*part).to_owned()).collect());
        let inner = vec![("h".to_owned(), Expr::List(None)), ("i".to_owned(), Expr::Number(-3))];
        let fields =
            vec![("f".to_owned(), Expr::Build("g".to_owned(), inner)), ("j".to_owned(), path(&["k", "l"]))];
        let [conversion] = rules.conversions("D") else { panic!("one conversion") };
        assert_eq!(conversion.rule.guard, Some(("b".to_owned(), "c".to_owned())));
        assert_eq!(conversion.rule.expr, Expr::Build("e".to_owned(), fields));
        assert_eq!(rules.of("Update")[0].expr, Expr::Drop);
        assert_eq!(rules.field("a", "months"), [Expr::Ratio(vec!["days".to_owned()], 30)]);
    }
}
