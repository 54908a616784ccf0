//! Values laid out as a person would write them: on one line where they fit, else one part a line.

/// The longest line that examples have, in characters.
const WIDTH: usize = 96;

/// A text with a structure.
#[derive(Clone, Debug)]
pub(super) enum Document {
    /// Stays as it is.
    Text(String),
    /// Something before, something after.
    Around(String, Box<Document>, String),
    /// Parts between brackets.
    Group {
        open: String,
        parts: Vec<Document>,
        close: &'static str,
        /// What stands inside of the brackets where all is on one line.
        pad: &'static str,
    },
}

/// How a language writes groups.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// The spaces of one step.
    pub(super) indent: usize,
    /// Whether the last part on a line of its own has a comma.
    pub(super) last_comma: bool,
}

impl Document {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn around(before: impl Into<String>, inner: Self, after: impl Into<String>) -> Self {
        Self::Around(before.into(), Box::new(inner), after.into())
    }

    pub(super) fn group(
        open: impl Into<String>,
        parts: Vec<Self>,
        close: &'static str,
        pad: &'static str,
    ) -> Self {
        Self::Group { open: open.into(), parts, close, pad }
    }

    /// The text, in which the first line begins at `column` and the others are indented by `depth` steps.
    pub(super) fn layout(&self, style: Style, depth: usize, column: usize) -> String {
        let mut out = String::new();
        self.write(style, depth, column, 0, &mut out);
        out
    }

    /// Adds the text; `column` is where it begins, `after` the characters that follow on its last line.
    fn write(&self, style: Style, depth: usize, column: usize, after: usize, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Around(before, inner, behind) => {
                out.push_str(before);
                inner.write(style, depth, column + before.len(), after + behind.len(), out);
                out.push_str(behind);
            }
            Self::Group { open, parts, close, .. } => {
                let line = self.line();
                if parts.is_empty() || column + line.len() + after <= WIDTH {
                    out.push_str(&line);
                    return;
                }
                out.push_str(open);
                for (place, part) in parts.iter().enumerate() {
                    let indent = (depth + 1) * style.indent;
                    out.push('\n');
                    out.push_str(&" ".repeat(indent));
                    part.write(style, depth + 1, indent, 1, out);
                    if style.last_comma || place + 1 < parts.len() {
                        out.push(',');
                    }
                }
                out.push('\n');
                out.push_str(&" ".repeat(depth * style.indent));
                out.push_str(close);
            }
        }
    }

    /// All on one line.
    fn line(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Around(before, inner, after) => format!("{before}{}{after}", inner.line()),
            Self::Group { open, parts, close, .. } if parts.is_empty() => format!("{open}{close}"),
            Self::Group { open, parts, close, pad } => {
                let parts: Vec<String> = parts.iter().map(Self::line).collect();
                format!("{open}{pad}{}{pad}{close}", parts.join(", "))
            }
        }
    }
}
